"""The HTML of an e-mail: one column, inline styles only, as mail programs understand them."""

from __future__ import annotations

from html import escape

from lookout.server.alerts.delivery.message import AlertMessage

_COLOURS = {"critical": "#b3261e", "warning": "#b26a00", "info": "#2f6f4f"}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def mail_html(message: AlertMessage, picture: str | None) -> str:
    """The page; `picture` is the Content-ID of the picture, or None."""
    colour = _COLOURS.get(message.severity, _COLOURS["info"])
    fields = message.fields
    rows = "".join(
        _row(label, fields[name])
        for label, name in (
            ("Where", "camera"),
            ("Area", "place"),
            ("List", "list"),
            ("Rule", "rule"),
        )
        if fields.get(name)
    )
    rows = _row("When", f"{fields['date']} {fields['time']}") + rows
    return f"""\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"><title>{escape(message.title)}</title></head>
<body style="margin:0;padding:16px;background:#f3f4f5;{_FONT};color:#1c1d1f">
<div style="max-width:480px;margin:0 auto;background:#ffffff;border-radius:10px;overflow:hidden;\
border:1px solid #dcdee0">
<div style="height:6px;background:{colour};font-size:0;line-height:0">&nbsp;</div>
<div style="padding:20px 24px 4px">
<div style="font-size:12px;letter-spacing:.06em;text-transform:uppercase;color:{colour};\
font-weight:600">{escape(message.severity)}</div>
<h1 style="font-size:22px;line-height:1.3;margin:6px 0 0;font-weight:600">\
{escape(message.title)}</h1>
</div>
{_picture(picture, message.title)}
<div style="padding:12px 24px 16px">
<table role="presentation" style="border-collapse:collapse;font-size:15px;line-height:1.5">{rows}\
</table>
{_note(message.note)}{_button(fields["link"], colour)}
</div>
<div style="padding:12px 24px 16px;border-top:1px solid #e7e9ea;font-size:12px;color:#6a6e73">\
{escape(fields["site"])} · sent by Lookout, from your own machine</div>
</div>
</body>
</html>
"""


def _row(label: str, value: str) -> str:
    return (
        f'<tr><td style="padding:2px 16px 2px 0;color:#6a6e73">{label}</td>'
        f'<td style="padding:2px 0">{escape(value)}</td></tr>'
    )


def _note(text: str) -> str:
    if not text:
        return ""
    style = "font-size:15px;line-height:1.5;white-space:pre-line;margin:12px 0 4px"
    return f'<p style="{style}">{escape(text)}</p>'


def _button(link: str, colour: str) -> str:
    if not link:
        return ""
    style = (
        f"display:inline-block;margin:14px 0 8px;padding:10px 18px;border-radius:8px;"
        f"background:{colour};color:#ffffff;text-decoration:none;font-size:15px;font-weight:600"
    )
    return f'<a href="{escape(link)}" style="{style}">Look at it</a>'


def _picture(content_id: str | None, title: str) -> str:
    if content_id is None:
        return ""
    return (
        f'<div style="padding:12px 24px 0"><img src="cid:{escape(content_id)}" '
        f'alt="The picture: {escape(title)}" style="display:block;max-width:100%;height:auto;'
        'border-radius:8px;border:0"></div>'
    )
