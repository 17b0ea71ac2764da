"""Markdown as HTML, exactly as the showdown library writes it (version 2.1; MIT, © 2018 ShowdownJS, J. Gruber,
J. Fraser), whose rules these modules restate one by one: their order and their regular expressions are the result."""
