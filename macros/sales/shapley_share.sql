{#
    How much one factor adds to the change of a product of factors: its Shapley share,
    the mean over all orders in which the factors can change one after the other. The
    shares of all factors add up to the change of the product. Each factor has the
    columns <factor>_now and <factor>_before.

    shapley_share('price', ['quantity', 'price'])
        -- (price_now - price_before)
        -- * (quantity_before / 2 + quantity_now / 2)
#}
{% macro shapley_share(factor, factors) -%}
    {%- set others = factors | reject('equalto', factor) | list -%}
    {#- The number of factors times the number of subsets of the others of each size. -#}
    {%- set divisors = {2: [2, 2], 3: [3, 6, 3], 4: [4, 12, 12, 4]}[factors | length] -%}
    ({{ factor }}_now - {{ factor }}_before) * (
    {%- for subset in range(2 ** others | length) -%}
        {%- set terms = [] -%}
        {%- set changed = [] -%}
        {%- for other in others -%}
            {%- set is_changed = (subset // 2 ** loop.index0) % 2 == 1 -%}
            {%- do terms.append(other ~ ('_now' if is_changed else '_before')) -%}
            {%- do changed.append(other) if is_changed -%}
        {%- endfor %}
        {{ '+ ' if not loop.first }}{{ terms | join(' * ') }}
        {{- ' / ' ~ divisors[changed | length] }}
    {%- endfor %}
    )
{%- endmacro %}
