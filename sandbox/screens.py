"""Plain HTML pages of a stand-in, without scripts; everything that is shown is escaped."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class Screens:
    """Renders a package's own templates over the shared `sandbox/templates`.

    `brand` stands at the top of every page, `note` beside it; `accent` is a CSS colour.
    """

    def __init__(self, package: str, *, brand: str, note: str, accent: str) -> None:
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("sandbox")]),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._templates.globals.update(brand=brand, note=note, accent=accent)

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """A page."""
        content = self._templates.get_template(template).render(**values)
        return HTMLResponse(content, status, _HEADERS)

    def problem(self, text: str, status: int = 400) -> Response:
        """A page that only says what is wrong."""
        return self.show("problem.html", status=status, text=text)
