{#- The rows that a table of ours had before this run replaces it; none where it is not there yet. -#}
{% macro rows_before(name, columns, nothing) -%}
  {%- set found = namespace(relation=none) -%}
  {%- if execute -%}
    {%- set node = graph.nodes['model.@PROJECT@.' ~ name] -%}
    {%- set found.relation = adapter.get_relation(
      database=node.database, schema=node.schema, identifier=node.alias
    ) -%}
  {%- endif -%}
  {%- if found.relation -%}
    SELECT {{ columns }} FROM {{ found.relation }}
  {%- else -%}
    {{ nothing }}
  {%- endif -%}
{%- endmacro %}
