"""Sphinx builds the pages in this folder as one site (``make docs``, build/docs); the Markdown stays plain and reads by itself.

Links out of the folder (a notebook, the licence) lead to copies of those files. A page that no list names, or a link that leads
nowhere, is an error.
"""

project = "gongkai"
author = copyright = "gongkai contributors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
language = "en"
html_theme = "alabaster"
html_theme_options = {
    "description": "China's annual reports on open government information, longitudinal",
    "page_width": "1100px",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchfield.html"]}
html_show_sourcelink = False
html_show_sphinx = False
# Headings get the anchors that a forge gives them.
myst_heading_anchors = 3
# R and Stata blocks need no colours.
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = True
