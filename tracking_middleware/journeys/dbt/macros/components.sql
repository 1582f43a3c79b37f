{#-
  Connected components, in rounds whose number depends on the data: each root takes the smallest label across its
  edges, pointers jump until they rest, the edges are written anew between the roots, until there are none.
  Called before the model is made, not where it is only compiled: it makes tables beside it, and drops them.
-#}
{% macro find_components(edges) -%}
  {%- if execute -%}
    {%- set is = namespace(parents=none, next=none) -%}
    {%- set nodes = component_table('nodes', component_nodes(edges)) -%}
    {%- set is.between = component_table('edges', component_edges(edges, nodes)) -%}
    {%- set is.labels = component_table('labels', component_labels(nodes)) -%}
    {%- for round in range(64) -%}
      {%- if has_rows(is.between) -%}
        {%- set is.parents = component_table('parents', component_hook(is.between)) -%}
        {%- for jump in range(64) -%}
          {%- if has_rows(is.parents, 'is_new = 1') -%}
            {%- set is.next = component_table('parents', component_jump(is.parents), jump) -%}
            {%- do forget(is.parents) -%}
            {%- set is.parents = is.next -%}
          {%- endif -%}
        {%- endfor -%}
        {%- set is.next = component_table('labels', component_relabel(is.labels, is.parents), round) -%}
        {%- do forget(is.labels) -%}
        {%- set is.labels = is.next -%}
        {%- set is.next = component_table('edges', component_rewrite(is.between, is.parents), round) -%}
        {%- do forget(is.between) -%}
        {%- set is.between = is.next -%}
        {%- do forget(is.parents) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if has_rows(is.between) -%}
      {{ exceptions.raise_compiler_error('the components of ' ~ edges ~ ' did not settle in 64 rounds') }}
    {%- endif -%}
    {%- do component_table('found', component_found(is.labels, nodes)) -%}
    {%- for one in (nodes, is.labels, is.between) -%}
      {%- do forget(one) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{#- What find_components left, for the model to be made of. -#}
{% macro found_components() -%}
  {{ return(this.incorporate(path={'identifier': this.identifier ~ '_found'})) }}
{%- endmacro %}

{% macro component_table(kind, query, turn=none) -%}
  {%- set name = this.identifier ~ '_' ~ kind ~ ('' if turn is none else '_' ~ turn) -%}
  {%- set relation = this.incorporate(path={'identifier': name}, type='table') -%}
  {%- do forget(relation) -%}
  {%- do run_query('CREATE TABLE ' ~ relation ~ ' @USING@AS ' ~ query) -%}
  @ANALYZE@
  {{ return(relation) }}
{%- endmacro %}

{% macro forget(relation) -%}
  {%- do run_query('DROP TABLE IF EXISTS ' ~ relation) -%}
{%- endmacro %}

{% macro has_rows(relation, condition='1 = 1') -%}
  {{ return((run_query('SELECT 1 AS one FROM ' ~ relation ~ ' WHERE ' ~ condition ~ ' LIMIT 1') | length) > 0) }}
{%- endmacro %}

@STEPS@
