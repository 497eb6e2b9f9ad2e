"""The ground floor: domain types, errors, settings, ports, access, adapters and the composition root."""
