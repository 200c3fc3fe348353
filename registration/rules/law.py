"""The articles that rules rest on: one name each, with the Chinese title that is stored."""

from dataclasses import dataclass

from registration.rules.words import gettext_noop as _


@dataclass(frozen=True)
class Article:
    """A place in a law or notice, cited as a clerk's handbook would."""

    law: str
    number: str = ""

    def __str__(self) -> str:
        return f"《{self.law}》{self.number}"


@dataclass(frozen=True)
class Law:
    title: str

    def article(self, number: int) -> Article:
        return Article(self.title, f"第{number}条")

    def section(self, text: str) -> Article:
        return Article(self.title, text)


ORDER_25 = Law(_("电话用户真实身份信息登记规定"))
NOTICE_182 = Law(_("工信部网安〔2015〕182号通知"))
# An official's answer, the one source for where which document may be registered.
MIIT_2016 = Law(_("工信部 2016 年 5 月 30 日关于电话用户实名登记的答复"))
SIX_MINISTRIES = Law(_("六部委防范和打击电信网络诈骗犯罪的通告"))
ANTI_FRAUD = Law(_("反电信网络诈骗法"))
CIVIL_CODE = Law(_("民法典"))
GB_11643 = Law(_("GB 11643 公民身份号码"))
