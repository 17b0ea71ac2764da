"""HTML as Markdown, exactly as the node-html-markdown library writes it (version 1.2; MIT, © 2020 Crosstype), over
trees as its parser makes them (node-html-parser 5; MIT, © 2019 T. Fang), which differ from a browser's."""
