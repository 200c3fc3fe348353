"""What is printed, compared with what the chip or the form says: tables of lines, no picture."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration import ocr, printed
from registration.ocr import Line
from registration.printed import Compared, State
from registration.rules import printed as rules

WANG, LI = "991101199003140010", "991101198711020023"
# One digit of Li's, and of Li's check digit's own making.
ALTERED = "991101198711820023"
CODE, SPAN = "91350100M000100Y43", "2018.06.01-2038.06.01"
LETTER = {
    "principal_name": "王样本",
    "principal_number": WANG,
    "proxy_name": "李样例",
    "proxy_number": LI,
    "business": "入网、开户",
    "dates": "",
}


def lines(*rows: str, again: Sequence[str] | None = None) -> list[Line]:
    """One line a row; as the accurate model reads them, the same unless it is said."""
    second = rows if again is None else again
    height = 1 / (len(rows) + 1)
    return [
        Line(text, (0.1, row * height, 0.9, (row + 1) * height), again=other, row=row)
        for row, (text, other) in enumerate(zip(rows, second, strict=True))
    ]


def compared(kind: str, read: Sequence[Line], **expected: str) -> dict[str, Compared]:
    return {one.field: one for one in printed.compare(kind, read, expected)}


def letter(
    principal: str = "王样本", first: str = WANG, proxy: str = "李样例", second: str = LI
) -> list[str]:
    return [
        "授权委托书",
        f"委托人：{principal}",
        f"公民身份号码：{first}",
        f"受托人：{proxy}",
        f"公民身份号码：{second}",
        "委托事项：代为办理移动电话号码17012345678的",
        "入网实名登记手续，并代为签署有关文件。",
        "委托期限：自签署之日起三十日。",
        "委托人签字：",
        "日期：2026年11月27日",
    ]


def states(kind: str, read: Sequence[Line], **expected: str) -> dict[str, str]:
    return {key: one.state.value for key, one in compared(kind, read, **expected).items()}


def test_a_letter_that_says_what_the_cards_say_matches() -> None:
    found = states("letter", lines(*letter()), **LETTER)

    assert set(found.values()) == {"match"}


def test_the_one_altered_digit_is_pointed_at() -> None:
    found = compared("letter", lines(*letter(second=ALTERED)), **LETTER)

    one = found["proxy_number"]
    assert (one.state, one.expected, one.read, one.at) == (State.DIFFERS, LI, ALTERED, (12,))
    # The digits of the fifth of ten lines, and not their label.
    assert one.box is not None
    assert one.box[0] > 0.3
    assert one.box[1] == pytest.approx(4 / 11, abs=0.001)
    assert {key for key, each in found.items() if each.state is State.DIFFERS} == {"proxy_number"}


@pytest.mark.parametrize(
    ("read", "again", "state"),
    [
        (LI, LI, "match"),
        # One of the models read it right.
        (ALTERED, LI, "match"),
        (LI, ALTERED, "match"),
        # Both read one digit otherwise, and not the same: nobody is accused.
        (ALTERED, "991101198711320023", "unread"),
        # Nobody looked twice.
        (ALTERED, "", "unread"),
        # Short, long, or another altogether without a check digit that fits.
        (LI[:-1], LI[:-1], "unread"),
        (LI + "1", LI + "1", "unread"),
        ("991101198711834567", "991101198711834567", "unread"),
        # Letters of the same shape; a blank within; full width.
        ("99110l1987110200Z3", "", "match"),
        ("991101 19871102 0023", "", "match"),
        ("９９１１０１１９８７１１０２００２３", "", "match"),
        # Another number that proves itself needs no second look.
        ("99110120111205009X", "", "differs"),
    ],
)
def test_a_number_counts_only_when_it_is_proved(read: str, again: str, state: str) -> None:
    second = [""] * 10
    second[4] = f"公民身份号码：{again}" if again else ""

    found = states("letter", lines(*letter(second=read), again=second), **LETTER)

    assert found["proxy_number"] == state
    assert found["principal_number"] == "match"


@pytest.mark.parametrize(
    ("rows", "name", "state"),
    [
        (["姓名王样本"], "王样本", "match"),
        (["姓名", "王样本"], "王样本", "match"),
        (["姓 名：王 样 本"], "王样本", "match"),
        (["姓名 陳國華"], "陈国华", "match"),
        (["姓名 买买提•吐尔逊"], "买买提·吐尔逊", "match"),
        (["本人王样本办理"], "王样本", "match"),
        (["姓名李样例"], "王样本", "differs"),
        (["姓名王样木"], "王样本", "differs"),
        # Cut off by glare, or run into its neighbour.
        (["姓名王样"], "王样本", "unread"),
        (["姓名王样本木"], "王样本", "unread"),
        # A rare character is easily misread by every model.
        (["姓名王洋"], "王玥", "unread"),
        (["性别男"], "王样本", "unread"),
        (["姓名 Name", "SPECIMEN, ANNA MARIA"], "SPECIMEN ANNA MARIA", "match"),
        (["Name", "SPECIMEN, ANN"], "SPECIMEN ANNA MARIA", "unread"),
    ],
)
def test_names_on_a_card(rows: list[str], name: str, state: str) -> None:
    assert states("id_front", lines(*rows), name=name) == {"name": state}


def test_a_name_that_one_model_reads_otherwise_is_unread() -> None:
    found = states("id_front", lines("姓名王木", again=["姓名王术"]), name="王样")

    assert found == {"name": "unread"}


@pytest.mark.parametrize(
    ("kind", "row", "expected", "state"),
    [
        ("id_front", "出生1990年3月14日", {"birth_date": "1990.03.14"}, "match"),
        ("id_front", "出生1990年3月15日", {"birth_date": "1990.03.14"}, "differs"),
        ("id_front", "出生1990年3月41日", {"birth_date": "1990.03.14"}, "unread"),
        ("id_front", "12 AUG 1984", {"birth_date": "1984.08.12"}, "match"),
        ("id_back", f"有效期限{SPAN}", {"validity": SPAN}, "match"),
        ("id_back", "有效期限2018.06.01-长期", {"validity": "2018.06.01-长期"}, "match"),
        ("id_back", f"有效期限{SPAN}", {"validity": "2018.06.01-长期"}, "differs"),
        ("id_back", "签发机关样本市公安局测试分局", {"issuer": "样本市公安局测试分局"}, "match"),
        ("id_back", "签发机关样本市公安局侧试分局", {"issuer": "样本市公安局测试分局"}, "unread"),
        ("id_back", "签发机关北京西城城关派出所", {"issuer": "样本市公安局测试分局"}, "differs"),
        ("licence", f"代码：{CODE}", {"unit_number": CODE}, "match"),
        ("licence", f"代码：{CODE[:-1]}8", {"unit_number": CODE}, "differs"),
        ("licence", "名　　称：样本有限公司", {"unit_name": "样本有限公司"}, "match"),
        ("id_front", "证件号码H99000012", {"number": "H99000012"}, "match"),
        ("id_front", "证件号码H99000072", {"number": "H99000012"}, "differs"),
        ("ownership", "电话号码：17012345678", {"phone": "17012345678"}, "match"),
        ("unit_letter", "有效期至：2026年12月31日", {"until": "2026.12.31"}, "match"),
        ("unit_letter", "有效期至：2026年12月31日", {"until": "2027.12.31"}, "differs"),
    ],
)  # fmt: skip
def test_what_else_a_page_says(kind: str, row: str, expected: dict[str, str], state: str) -> None:
    assert list(states(kind, lines(row), **expected).values()) == [state]


def test_an_address_of_two_lines_is_one() -> None:
    read = lines("住址示例省样本市测试", "路1号", f"公民身份号码{WANG}")

    assert states("id_front", read, address="示例省样本市测试路1号") == {"address": "match"}


def test_of_an_address_with_a_line_that_was_overlooked_nothing_is_said() -> None:
    read = lines("住址 路1号样本", f"公民身份号码{WANG}")

    assert states("id_front", read, address="示例省样本市测试路1号楼上") == {"address": "unread"}


def test_what_a_letter_need_not_say_is_not_missed() -> None:
    found = states("letter", lines("授权委托书"), phone="17012345678", until="2026.12.31")

    assert found == {}


def test_the_other_persons_number_is_not_a_difference() -> None:
    # The proxy's own number is not on the letter.
    read = lines("委托人：王样本", WANG, "受托人：李样例", WANG)

    assert states("letter", read, **LETTER)["proxy_number"] == "unread"


def test_a_box_on_a_page_that_lies_on_its_side_is_on_the_page_as_it_lies() -> None:
    upright = (0.1, 0.2, 0.9, 0.3)
    read = [Line(f"公民身份号码{WANG}", ocr.turned_back(upright, 1), turns=1)]

    box = compared("id_front", read, number=WANG)["number"].box

    assert compared("id_front", read, number=WANG)["number"].turns == 1
    assert box is not None
    left, top, right, bottom = box
    assert (left, right) == pytest.approx((0.7, 0.8), abs=0.001)
    # Read from the top down, the digits come after their label.
    assert top > 0.3
    assert bottom == pytest.approx(0.9, abs=0.001)


def test_lines_worth_a_second_look_are_few() -> None:
    read = lines(*letter(second=ALTERED))

    # Both names, the telephone number, and the number whose check digit does not fit.
    assert printed.doubtful("letter", read) == {1, 3, 4, 5}


@pytest.mark.parametrize(
    ("born", "again"), [("1987年11月2日", {0}), ("1987年11月12日", {0, 1}), ("", {0})]
)
def test_a_birth_date_that_the_number_proves_is_not_read_again(born: str, again: set[int]) -> None:
    read = lines("姓名李样例", f"出生{born}", f"公民身份号码{LI}")

    assert printed.doubtful("id_front", read) == again


def test_names_and_proved_numbers_are_had_without_any_expectation() -> None:
    found = printed.read("letter", lines(*letter(second=ALTERED)))

    assert found == {
        "principal_name": "王样本",
        "principal_number": WANG,
        "proxy_name": "李样例",
    }


def test_every_field_that_can_differ_has_its_words() -> None:
    words: dict[str, dict[str, Any]] = {
        "letter": rules.LETTER,
        "guardianship": rules.GUARDIANSHIP,
        "licence": rules.UNIT,
        "unit_letter": rules.UNIT,
        "id_front": rules.DOCUMENT,
    }

    for page, texts in words.items():
        assert set(printed.PAGES[page]) - {"business", "dates"} <= set(texts), page


@given(st.lists(st.text(max_size=60), max_size=12))
def test_whatever_stands_on_a_page_nothing_breaks(rows: list[str]) -> None:
    found = printed.compare("letter", lines(*rows), LETTER)

    assert len(found) == len(LETTER)
    printed.doubtful("letter", lines(*rows))


def test_a_hostile_page_is_read_in_no_time() -> None:
    rows = ["委托人" * 60, "1" * 200, "<script>alert(1)</script>" * 8, "有效期至" * 50] * 50

    found = states("letter", lines(*rows), **LETTER)

    assert "differs" not in found.values()


def test_what_was_read_stays_out_of_the_logs() -> None:
    read = lines(*letter(second=ALTERED))

    shown = f"{read!r} {printed.compare('letter', read, LETTER)!r}"

    assert WANG not in shown
    assert ALTERED not in shown
    assert "王样本" not in shown
