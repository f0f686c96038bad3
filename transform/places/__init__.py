"""Territories through time: from codes and names, with a year, to units."""
