"""The demo: a made-up organisation and two weeks of work in it, by the product's own verbs."""
