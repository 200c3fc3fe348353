"""The local services of reader vendors, as real servers on loopback, one vendor a module.

They say what the vendors' manuals and page scripts show, with fictional people on the reader.
"""
