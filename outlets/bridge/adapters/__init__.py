"""One file a kind of reader."""
