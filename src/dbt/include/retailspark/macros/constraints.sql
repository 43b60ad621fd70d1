{#
    Delta checks `not null` while it writes. Tables in another format are asked once,
    before anything reads them.
#}
{% macro retailspark__persist_constraints(relation, model) %}
  {%- if config.get('file_format') == 'delta' -%}
    {{ return(spark__persist_constraints(relation, model)) }}
  {%- endif -%}
  {%- set needed = [] -%}
  {%- for column in model.columns.values() if config.get('contract').enforced -%}
    {%- if column.constraints | selectattr('type', 'eq', 'not_null') | list -%}
      {%- do needed.append(column.name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if needed -%}
    {%- set counts = [] -%}
    {%- for name in needed -%}
      {%- do counts.append('count_if(' ~ adapter.quote(name) ~ ' is null)') -%}
    {%- endfor -%}
    {%- set row = run_query('select ' ~ counts | join(', ') ~ ' from ' ~ relation).rows[0] -%}
    {%- for name in needed -%}
      {%- if row[loop.index0] > 0 -%}
        {{ exceptions.raise_database_error(
          'NOT NULL constraint failed: ' ~ relation ~ '.' ~ name ~ ' is null in '
          ~ row[loop.index0] | int ~ ' rows'
        ) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
