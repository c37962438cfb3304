"""The model in the browser: a folder of static files that classifies and explains, and sends nothing anywhere.
"""
