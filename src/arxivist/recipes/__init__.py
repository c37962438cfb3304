"""One TOML file per system; `arxivist.config.load_recipe` reads them."""
