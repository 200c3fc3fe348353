import pickle

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.refusal import Refusal


class TooMany(Refusal):
    code = "too_many"
    text = _("最多 %(limit)s 个,已满 100%%。")
    todo = _("请先注销 %(over)s 个。")


class Full(Refusal):
    text = _("已满 100%。")


def test_a_refusal_says_what_is_wrong_and_what_to_do():
    refusal = TooMany(limit=5, over=1)

    assert refusal.text == "最多 5 个,已满 100%。"
    assert refusal.todo == "请先注销 1 个。"
    assert str(refusal) == "最多 5 个,已满 100%。请先注销 1 个。"


def test_without_parameters_a_percent_sign_is_a_percent_sign():
    assert str(Full()) == "已满 100%。"


def test_the_place_that_raises_may_say_it_in_other_words():
    refusal = TooMany("第 %(number)s 个不行。", number=6, over=1)

    assert refusal.text == "第 6 个不行。"
    assert TooMany.code == refusal.code == "too_many"


def test_a_refusal_is_worded_in_the_language_of_the_one_who_is_answered():
    with translation.override("en"):
        refusal = Refusal()
        english = str(_("现在不能这样做。"))

    assert refusal.text == english


def test_a_refusal_crosses_processes_with_its_words():
    again = pickle.loads(pickle.dumps(TooMany(limit=5, over=1)))

    assert str(again) == "最多 5 个,已满 100%。请先注销 1 个。"
