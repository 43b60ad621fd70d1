"""What clients (Tableau, Superset, the semantic layer) get to know about the marts."""
