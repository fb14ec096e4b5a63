"""Django's ground floor: actors, the home folder, locks, paging, error pages, language. A closed list."""
