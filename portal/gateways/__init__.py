"""Systems outside our house: one module for each, each behind one small interface.

Two errors are all that a caller must know, whatever the system:

* `Unavailable`: no usable answer. The command may have been carried out all the same, so ask
  again later **with the same key**.
* `Rejected`: a clear no from the other side. It is remembered under that key: after putting
  the cause right, ask with a new one.

Neither ever holds a name, a document number or a telephone number.
"""


class Unavailable(Exception):
    """Slow, down, or not making sense. `reason` is a word for logs, not for people:
    `timeout`, `no_connection`, `lost`, `not_json`, `schema` or `http_<status>`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(Exception):
    """The other side understood and said no.

    `code` is its machine-readable reason; choose the sentence for the clerk by it. `text` is
    its own wording, which may name anything: it stays out of `str()`, keep it out of logs.
    """

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text
