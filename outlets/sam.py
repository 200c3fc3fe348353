"""The reader's protocol as a state machine over a byte stream: no ports, no clock, no Django."""
