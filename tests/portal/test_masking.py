import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import masking

ANY_TEXT = st.text(st.characters(exclude_characters="*"))


@pytest.mark.parametrize(
    ("clear", "shown"),
    [
        ("王样本", "王*"),
        ("王样", "王*"),
        ("欧阳样本", "欧*"),
        ("阿卜杜拉·样本·示范", "阿*"),
        ("SPECIMEN, ANNA", "S*"),
        ("Specimen-Demo, Anna-Luise J.", "S*"),
        ("Ó'SPECIMEN", "Ó*"),
        ("Li", "L*"),
        ("𠮷样本", "𠮷*"),
        (" 王 样本 ", "王*"),
        ("王", "*"),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_name_only_the_first_character_is_shown(clear, shown):
    assert masking.name(clear) == shown


@pytest.mark.parametrize(
    ("clear", "shown"),
    [
        ("99010519491231002X", "990105********002X"),
        ("990105 19491231 002X", "990105********002X"),
        ("990105491231002", "990105*******02"),
        ("UTO990088022902", "UTO990*******02"),
        ("819900199604090027", "819900********0027"),
        ("999999198001010054", "999999********0054"),
        ("H99000012", "H9*****12"),
        ("99000034", "99****34"),
        ("E00000001", "E0*****01"),
        ("H0000000101", "H0*******01"),
        ("A12345", "A*****"),
        ("123", "***"),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_number_the_ends_are_shown(clear, shown):
    assert masking.number(clear) == shown


@pytest.mark.parametrize(
    ("clear", "shown"),
    [
        ("13800001234", "138****1234"),
        ("+86 138-0000-1234", "138****1234"),
        ("8613800001234", "138****1234"),
        ("010-00001234", "010****1234"),
        ("00001234", "******34"),
        ("10086", "*****"),
        ("无电话", "***"),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_phone_the_ends_are_shown(clear, shown):
    assert masking.phone(clear) == shown


@pytest.mark.parametrize(
    ("clear", "shown"),
    [
        ("示例省样本市演示区测试路1号", "示例省样本市演示区****"),
        ("北京市朝阳区测试路1号阳光小区2号楼", "北京市朝阳区****"),
        ("北京市测试路1号阳光小区", "北京市****"),
        ("江苏省昆山市样本镇阳光小区5号", "江苏省昆山市****"),
        ("江苏省昆山市阳光小区5号", "江苏省昆山市****"),
        ("昆山市阳光住宅区5号", "昆山市****"),
        ("昆山市样本社区5号", "昆山市****"),
        ("江苏省苏州市工业园区测试路1号", "江苏省苏州市工业园区****"),
        ("山东省青岛市市南区测试路1号", "山东省青岛市市南区****"),
        ("山西省晋城市城区测试街1号", "山西省晋城市城区****"),
        ("河北省承德市围场满族蒙古族自治县样本镇", "河北省承德市围场满族蒙古族自治县****"),
        ("河北省石家庄市正定县样本村", "河北省石家庄市正定县****"),
        ("内蒙古自治区锡林郭勒盟正蓝旗样本苏木", "内蒙古自治区锡林郭勒盟正蓝旗****"),
        (
            "新疆维吾尔自治区伊犁哈萨克自治州伊宁市测试路",
            "新疆维吾尔自治区伊犁哈萨克自治州伊宁市****",
        ),
        ("广西壮族自治区南宁市青秀区测试路", "广西壮族自治区南宁市青秀区****"),
        ("香港特别行政区湾仔区测试道1号", "香港特别行政区湾仔区****"),
        ("河北省测试路1号", "河北省****"),
        ("测试路阳光花园5号楼3单元101室", "测试路阳光花****"),
        ("测试路1号", "测试****"),
        ("阳光花园3区5号楼", "阳光花园****"),
        ("上海市浦东新区测试路阳光小区", "上海市浦东新区****"),
        ("室", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_ends_at_the_district(clear, shown):
    assert masking.address(clear) == shown


@pytest.mark.parametrize("mask", [masking.name, masking.number, masking.phone, masking.address])
@given(clear=ANY_TEXT)
def test_no_text_breaks_a_mask_or_comes_back_clear(mask, clear):
    shown = mask(clear)

    assert shown != clear or not clear
    assert bool(shown) == bool(clear.split())


@given(clear=ANY_TEXT)
def test_a_name_never_shows_a_second_character(clear):
    assert len(masking.name(clear).replace("*", "")) <= 1


def test_numbers_and_phones_are_grouped_as_they_are_read_aloud():
    assert masking.group_number("991101********001X") == "991101 ******** 001X"
    assert masking.group_number("99110119900101001X") == "991101 19900101 001X"
    assert masking.group_number("UTO990088022902") == "UTO 9900 880229 02"
    assert masking.group_number("UTO990*******02") == "UTO 990* ****** 02"
    assert masking.group_phone("138****1234") == "138 **** 1234"


@pytest.mark.parametrize("number", ["99110119880229002X", "UTO990088022902"])
def test_no_digit_of_a_birth_date_is_shown(number):
    start = number.index("880229")

    assert masking.number(number)[start : start + 6] == "******"


@given(text=st.text())
def test_grouping_only_adds_blanks(text):
    assert masking.group_number(text).replace(" ", "") == text.replace(" ", "")
    assert masking.group_phone(text).replace(" ", "") == text.replace(" ", "")
