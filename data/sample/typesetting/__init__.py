"""Typeset annual reports: figures and sentences in, HTML, DOCX and PDF out.

``table.py`` is the printed table, ``forms.py`` lays the official forms out as such tables, ``report.py`` puts a report's
blocks in order, ``html_page.py``, ``docx_file.py`` and ``pdf_file.py`` render blocks. Figures are kept apart from the
layout: a figure is the text to be printed, under ``(indicator, applicant)``.
"""
