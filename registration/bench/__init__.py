"""What the product costs, against the least that the same could cost; and how well it reads."""
