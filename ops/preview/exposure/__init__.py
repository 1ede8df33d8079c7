"""Who gets in and who no longer does, by one change: a row for each type of resource."""
