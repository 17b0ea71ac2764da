"""HTML, XML and Markdown: read, searched and written as the libraries that workflows were made with do it."""
