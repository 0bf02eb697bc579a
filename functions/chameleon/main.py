"""Renders a page from a template: the sample chameleon of the REAP set."""

import json

import serving
from chameleon import PageTemplate

BODY_BYTES = 4 << 20
TABLE = PageTemplate("""\
<!DOCTYPE html>
<html>
  <head><title>${title}</title></head>
  <body>
    <table>
      <tr tal:repeat="row rows"><td tal:repeat="cell row">${cell}</td></tr>
    </table>
  </body>
</html>
""")


class Chameleon(serving.Handler):
    def serve(self):
        if self.route != "/":
            self.drain()
            raise serving.Refused(404, "no such path")
        title, rows = self.posted() if self.is_post else self.numbers()
        self.answer(200, TABLE(title=title, rows=rows).encode(), "text/html; charset=utf-8")

    def numbers(self):
        self.drain()
        rows = self.number("rows", 100, 2000)
        columns = self.number("columns", 10, 200)
        return "A table", [[row * columns + column for column in range(columns)] for row in range(rows)]

    def posted(self):
        """{"title": text, "rows": [[cell, ...], ...]}"""
        try:
            document = json.loads(self.read_body(BODY_BYTES))
            return str(document["title"]), [list(row) for row in document["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise serving.Refused(400, 'the body is {"title": text, "rows": [[cell, ...], ...]}') from error


if __name__ == "__main__":
    serving.serve(Chameleon)
