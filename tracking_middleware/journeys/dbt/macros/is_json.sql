{#- PostgreSQL before 16 has no IS JSON: a function of ours, made when a run starts. -#}
{% macro make_is_json() -%}
  CREATE SCHEMA IF NOT EXISTS {{ adapter.quote(target.schema) }};
  CREATE OR REPLACE FUNCTION {{ is_json() }}(given text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $is_json$
  BEGIN
    PERFORM given::json;
    RETURN true;
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END $is_json$
{%- endmacro %}

{% macro is_json() -%}
  {{ return(adapter.quote(target.schema) ~ '.journeys_is_json') }}
{%- endmacro %}
