"""What the icons look like, drawn in a square of 24; ``portal/icon.html`` is the frame."""

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SHAPES = {
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "cross": '<path d="M6 6l12 12M18 6 6 18"/>',
    "warning": '<path d="M12 4 2.5 20h19zM12 10v4.5M12 17.2v.1"/>',
    "block": '<circle cx="12" cy="12" r="9"/><path d="M5.7 5.7l12.6 12.6"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
    "camera": '<path d="M3 8h4l2-3h6l2 3h4v12H3z"/><circle cx="12" cy="13.5" r="3.8"/>',
    "light": '<path d="M13 2.5 5.5 13.5H12l-1 8 7.5-11H12z"/>',
    "card": (
        '<rect x="2.5" y="5" width="19" height="14" rx="2"/><path '
        'd="M5.5 16c.5-2 1.7-3 3-3s2.5 1 3 3M14 9.5h5M14 13h5"/><circle cx="8.5" cy="10.5" '
        'r="1.7"/>'
    ),
    "reader": '<path d="M3 10h18l-1.5 9h-15zM6 10l1.5-5h9L18 10M9 14.5h6"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.8-4.3 4-6 8-6s7.2 1.7 8 6"/>',
    "users": (
        '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.6-3.6 3.2-5 6.5-5s5.9 1.4 6.5 5M15.5 '
        '5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.2.6 3.6 2 4 4.7"/>'
    ),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.3 12.2 8.2-8.2M16 7.5l3 3"/>',
    "print": '<path d="M7 8V3.5h10V8M7 17H3.5V8h17v9H17"/><path d="M7 14h10v6.5H7z"/>',
    "arrow-left": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "arrow-right": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "arrow-up": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "arrow-down": '<path d="M12 5v14M6 13l6 6 6-6"/>',
    "chevron-down": '<path d="m6 9 6 6 6-6"/>',
    "rotate": '<path d="M20 12a8 8 0 1 1-2.5-5.8M20 3v4.5h-4.5"/>',
    "zoom-in": (
        '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5M10.5 7.5v6M7.5 10.5h6"/>'
    ),
    "zoom-out": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5M7.5 10.5h6"/>',
    "phone": '<rect x="6.5" y="2.5" width="11" height="19" rx="2"/><path d="M10.5 18.5h3"/>',
    "sim": '<path d="M6 3h8l4 4.5V21H6z"/><path d="M9 12h6v5.5H9zM12 12v5.5"/>',
    "pen": '<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5"/>',
    "home": '<path d="M3.5 11.5 12 4l8.5 7.5M6 10v10h12V10M10 20v-6h4v6"/>',
    "list": '<path d="M8.5 6H20M8.5 12H20M8.5 18H20M4 6h.1M4 12h.1M4 18h.1"/>',
    "tree": '<path d="M9 3.5h6v4.5H9zM3 16h6v4.5H3zM15 16h6v4.5h-6zM12 8v4M6 16v-4h12v4"/>',
    "chart": '<path d="M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6"/>',
    "building": '<path d="M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3"/>',
    "pause": '<path d="M8.5 5v14M15.5 5v14"/>',
    "play": '<path d="M7 4.5 19 12 7 19.5z"/>',
    "upload": '<path d="M12 16V4M7 9l5-5 5 5M4 16v4h16v-4"/>',
    "download": '<path d="M12 4v12M7 11l5 5 5-5M4 16v4h16v-4"/>',
    "eye": (
        "<path "
        'd="M2 12c2.5-4.5 6-6.5 10-6.5s7.5 2 10 6.5c-2.5 4.5-6 6.5-10 6.5S4.5 16.5 2 12z"/>'
        '<circle cx="12" cy="12" r="3"/>'
    ),
    "lock": (
        '<rect x="5" y="10.5" width="14" height="10" rx="2"/><path '
        'd="M8 10.5V7a4 4 0 0 1 8 0v3.5"/>'
    ),
    "logout": '<path d="M10 4H4v16h6M9.5 12H21M16.5 7.5 21 12l-4.5 4.5"/>',
    "globe": (
        '<circle cx="12" cy="12" r="9"/><path '
        'd="M3 12h18M12 3c3 3 3.8 6 3.8 9S15 18 12 21c-3-3-3.8-6-3.8-9S9 6 12 3z"/>'
    ),
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "heart": '<path d="M2.5 12h5l2-5.5 4 11 2.5-5.5h5.5"/>',
    "mail": '<path d="M3 6h18v12H3zM3.5 6.5 12 13l8.5-6.5"/>',
    "flag": '<path d="M6 21V4h12l-2.5 4L18 12H6"/>',
    "trash": '<path d="M4 7h16M9 7V4h6v3M6.5 7l1 13.5h9l1-13.5"/>',
    "monitor": (
        '<rect x="3" y="4.5" width="18" height="12" rx="1.5"/><path d="M9 20.5h6M12 16.5v4"/>'
    ),
}
DOT = '<circle cx="12" cy="12" r="3"/>'


@register.filter
def shape(name: str) -> SafeString:
    """The lines of an icon; a dot where there is none of this name."""
    return mark_safe(SHAPES.get(name, DOT))  # noqa: S308 - drawn above
