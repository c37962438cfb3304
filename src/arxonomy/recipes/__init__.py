"""One TOML file per system; `arxonomy.config.load_recipe` reads them."""
