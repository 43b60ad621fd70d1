{#
    dbt-spark binds None as the text 'None' and does not escape quotes in a session.
#}
{% macro retailspark__load_csv_rows(model, agate_table) %}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set statements = [] -%}
  {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
    {%- set sql -%}
      insert into {{ this.render() }} values
      {% for row in chunk -%}
      (
        {%- for name in agate_table.column_names -%}
        {%- set value = row[loop.index0] -%}
        cast(
          {%- if value is none %}null{% else -%}
          '{{ (value | string).replace("'", "''") }}'
          {%- endif %} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }})
        {{- ', ' if not loop.last }}
        {%- endfor -%}
      ){{ ',' if not loop.last }}
      {% endfor %}
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {%- do statements.append(sql) -%}
  {%- endfor -%}
  {{ return(statements[0]) }}
{% endmacro %}
