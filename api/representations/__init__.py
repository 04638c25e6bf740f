"""What the service answers besides JSON: CSV, JSON-LD and STIX 2.1, chosen by the Accept header, and Atom."""
