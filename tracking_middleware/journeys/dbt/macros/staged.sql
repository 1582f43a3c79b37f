{#- The canonical columns out of the table of events, in their types; NULL where it has none of a name. -#}
{% macro canonical_columns(relation) -%}
  {%- set casts = @CASTS@ -%}
  {%- set wanted = @WANTED@ -%}
  {%- set fitting = {
    'TIMESTAMP': ['a time', '^(timestamp|datetime)'], 'BOOLEAN': ['a boolean', '^bool'],
    'BIGINT': ['a whole number', 'int'], 'DOUBLE': ['a number', 'int|numeric|decimal|real|float|double'],
    'DECIMAL(18,2)': ['a number', 'int|numeric|decimal|real|float|double'],
  } -%}
  {%- set given = {} -%}
  {%- set problems = [] -%}
  {%- if execute -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do given.update({column.name | lower: column.dtype | lower}) -%}
    {%- endfor -%}
    {%- for name in @NEEDED@ if name not in given -%}
      {%- do problems.append(name ~ ' is missing') -%}
    {%- endfor -%}
    {%- for name, kind in wanted.items() if name in given and kind in fitting -%}
      {%- if not modules.re.search(fitting[kind][1], given[name]) -%}
        {%- do problems.append(name ~ ' is ' ~ given[name] ~ ' and must be ' ~ fitting[kind][0]) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if problems -%}
    {{ exceptions.raise_compiler_error(
      'the table ' ~ relation ~ ' is not there, or none of events: ' ~ problems | join('; ')
    ) }}
  {%- endif -%}
  SELECT
  {%- for name, kind in wanted.items() %}
    {% if name not in given -%}
      {{ casts[kind] | replace('#', 'NULL') }}
    {%- elif kind == 'TIMESTAMP' and given[name] in ('timestamp with time zone', 'timestamptz') -%}
      collected.{{ name }} AT TIME ZONE 'UTC'
    {%- else -%}
      {{ casts[kind] | replace('#', 'collected.' ~ name) }}
    {%- endif %} AS {{ name }}{{ ',' if not loop.last }}
  {%- endfor %}
  FROM {{ relation }} AS collected
{%- endmacro %}
