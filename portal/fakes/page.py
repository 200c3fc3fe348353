"""The control page: one button for each way to behave. Plain HTML, no script."""

from html import escape

from portal.fakes.modes import LABELS, Mode

PAGE = """<!doctype html>
<html lang="zh-Hans">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem;
    margin: 2rem auto; padding: 0 1rem }}
  button {{ font: inherit; display: block; width: 100%; margin: .5rem 0; padding: .6rem 1rem;
    text-align: start; border: 1px solid #767676; border-radius: .4rem; background: #fff }}
  button[aria-pressed=true] {{ border: 2px solid #0b5; background: #e8f8ee }}
  input {{ font: inherit; width: 6rem }}
</style>
<main>
<h1>{title}</h1>
<p>仅供演示：号码与人员均为虚构。{summary}</p>
<form method="post" action="/control">
<p><label>“缓慢”时拖延 <input name="seconds" type="number" min="0" max="600" step="any"
  value="{seconds:g}"> 秒</label></p>
{buttons}
</form>
</main>
</html>
"""

BUTTON = (
    '<button name="mode" value="{mode}" aria-pressed="{pressed}"><b>{label}</b>：{does}</button>'
)


def control_page(title: str, summary: str, mode: Mode, seconds: float) -> str:
    buttons = "\n".join(
        BUTTON.format(mode=each, pressed=str(each == mode).lower(), label=label, does=does)
        for each, (label, does) in LABELS.items()
    )
    return PAGE.format(
        title=escape(title), summary=escape(summary), seconds=seconds, buttons=buttons
    )
