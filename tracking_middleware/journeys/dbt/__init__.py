"""The models as a package of dbt's, for warehouses whose tables dbt makes."""
