"""What the product costs in the database, against the least that the same work could cost."""
