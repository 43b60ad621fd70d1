"""What the marts say of each saved query of the semantic layer."""

from __future__ import annotations

from pathlib import Path

import yaml

_SEMANTICS = Path(__file__).parents[1] / "models" / "semantics"
METRICS = [
    metric["name"]
    for metric in yaml.safe_load((_SEMANTICS / "_semantics.yml").read_text("utf-8"))[
        "metrics"
    ]
]
#: Metrics and groups of each saved query.
SAVED_QUERIES = {
    query["name"]: query["query_params"]
    for query in yaml.safe_load((_SEMANTICS / "_saved_queries.yml").read_text("utf-8"))[
        "saved_queries"
    ]
}

#: SQL on the marts, by saved query. Columns have MetricFlow's names.
FIGURES = {
    "sales_by_business": """
        select
            business_id as business,
            sum(lines.sales_amount) as sales,
            sum(lines.sales_amount) filter (where line_type = 'sale') as gross_sales,
            sum(lines.sales_amount) filter (where line_type = 'return')
                as returned_sales,
            sum(lines.profit_amount) as profit,
            sum(lines.quantity) as units,
            any_value(ordered.orders) as orders,
            any_value(ordered.returned_orders) as returned_orders,
            any_value(ordered.active_customers) as active_customers,
            sum(lines.sales_amount) / any_value(ordered.orders) as average_order_value,
            sum(lines.quantity) / any_value(ordered.orders) as units_per_order,
            sum(lines.profit_amount) / sum(lines.sales_amount) as profit_rate,
            any_value(ordered.orders) / any_value(ordered.active_customers)
                as orders_per_customer,
            any_value(discounted.sales_amount) as discounted_sales,
            any_value(discounted.profit_amount) as discounted_profit,
            any_value(discounted.profit_amount / discounted.sales_amount)
                as discounted_profit_rate,
            any_value(returned.returned_amount) as taken_back_sales,
            any_value(returned.amount_return_rate) as return_rate
        from core.fct_sales_lines as lines
        inner join (
            select
                business_id,
                count(*) filter (where has_sale) as orders,
                count(*) filter (where is_returned) as returned_orders,
                count(distinct customer_id) filter (where has_sale) as active_customers
            from core.fct_orders group by business_id
        ) as ordered using (business_id)
        left join (
            select
                business_id,
                sum(sales_amount) as sales_amount,
                sum(profit_amount) as profit_amount
            from sales.rpt_discount_effects
            where lower > 0 or upper > 0 group by business_id
        ) as discounted using (business_id)
        left join (
            from sales.rpt_return_rates where dimension = 'total'
        ) as returned using (business_id)
        group by business_id
        """,
    "sales_by_month": """
        select
            months.business_id as business,
            months.month_start_date as metric_time__month,
            months.sales_amount as sales,
            months.sales_amount / before.sales_amount - 1 as sales_growth
        from sales.rpt_monthly_sales as months
        left join sales.rpt_monthly_sales as before
            on months.business_id = before.business_id
            and months.month_start_date = before.month_start_date + interval 1 year
        """,
    # From the lines: the marts by day are rounded to cents.
    "sales_of_28_days": """
        select
            lines.business_id as business,
            dates.date_day as metric_time__day,
            sum(lines.sales_amount) as sales_of_28_days
        from core.dim_dates as dates
        inner join core.fct_sales_lines as lines
            on lines.order_date between dates.date_day - 27 and dates.date_day
        group by lines.business_id, dates.date_day
        """,
    "sales_by_category": """
        select
            business_id as business,
            category as product__category,
            sum(sales_amount) as sales,
            sum(quantity) as units,
            sum(profit_amount) as profit
        from core.fct_sales_lines
        left join core.dim_products using (business_id, product_id)
        group by business_id, category
        """,
    "sales_by_store": """
        select
            business_id as business,
            store_group as store__store_group,
            sum(sales_amount) as sales,
            sum(ordered) as orders
        from (
            select business_id, store_id, sales_amount, 0 as ordered
            from core.fct_sales_lines
            union all
            select business_id, store_id, 0, cast(has_sale as integer)
            from core.fct_orders
        )
        left join core.dim_stores using (business_id, store_id)
        group by business_id, store_group
        """,
    "sales_by_rfm_segment": """
        select
            business_id as business,
            rfm_segment as customer__rfm_segment,
            sum(sales_amount) as sales,
            sum(ordered) as orders
        from (
            select business_id, customer_id, sales_amount, 0 as ordered
            from core.fct_sales_lines
            union all
            select business_id, customer_id, 0, cast(has_sale as integer)
            from core.fct_orders
        )
        left join customers.fct_customer_rfm using (business_id, customer_id)
        group by business_id, rfm_segment
        """,
    "sales_by_dimension": """
        select
            business_id as business,
            dimension as monthly_member__dimension,
            month_start_date as metric_time__month,
            sum(sales_amount) as member_sales
        from sales.rpt_monthly_sales_by
        group by all
        """,
    "headlines": """
        select
            business_id as business,
            figure as headline__figure,
            period as headline__period,
            value as headline,
            previous_value as headline_before,
            year_ago_value as headline_a_year_ago,
            change_rate as headline_change,
            year_ago_change_rate as headline_change_in_a_year
        from sales.rpt_headlines
        """,
    "sales_drivers": """
        select
            business_id as business,
            decomposition as sales_driver__decomposition,
            driver as sales_driver__driver,
            period_start_date as metric_time__month,
            change_amount as sales_change,
            year_ago_change_amount as sales_change_in_a_year
        from sales.rpt_sales_drivers
        """,
    "new_customers": """
        select
            business_id as business,
            month_start_date as metric_time__month,
            sum(sales_amount) filter (where customer_type = 'new')
                as new_customer_sales,
            sum(sales_amount) as customer_sales,
            new_customer_sales / customer_sales as new_customer_share
        from sales.rpt_new_returning_sales
        group by business_id, month_start_date
        """,
    "forecast_errors": """
        select
            business_id as business,
            measure as predicted_day__measure,
            series_level as predicted_day__series_level,
            model_name as predicted_day__model_name,
            sum(abs(forecast_value - actual_value)) as absolute_error,
            sum(abs(actual_value)) as forecast_volume,
            absolute_error / forecast_volume as forecast_error
        from forecasting.rpt_forecast_vs_actual
        group by business_id, measure, series_level, model_name
        """,
    "replenishment": """
        select
            business_id as business,
            series_level as replenished_product__series_level,
            abc_class as replenished_product__abc_class,
            sum(expected_quantity) as expected_demand,
            sum(safety_stock_quantity) as safety_stock,
            sum(reorder_point_quantity) as reorder_point,
            sum(stock_quantity) as units_in_stock,
            sum(order_quantity) as units_to_order,
            count(*) filter (where order_quantity > 0) as products_to_order
        from forecasting.rpt_replenishment
        group by business_id, series_level, abc_class
        """,
    "contacts": """
        select
            business_id as business,
            action as contact__action,
            urgency as contact__urgency,
            count(*) filter (where action <> 'leave_alone') as customers_to_contact,
            count(*) filter (where days_overdue > 0) as overdue_customers,
            sum(value_at_stake_amount) filter (where action <> 'leave_alone')
                as value_at_stake,
            value_at_stake / nullif(customers_to_contact, 0) as value_per_contact
        from customers.rpt_contact_list
        group by business_id, action, urgency
        """,
    "segments": """
        select
            business_id as business,
            algorithm as segment_action__algorithm,
            segment_name as segment_action__segment_name,
            customer_count as segment_customers,
            expected_value_90d as segment_value
        from customers.rpt_segment_actions
        """,
}
