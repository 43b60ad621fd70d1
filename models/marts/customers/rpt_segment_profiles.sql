with

{{ segment_profiles('customer') }},

final as (

    select
        business_id,
        segment_name,
        description,
        strategy,
        summary,
        segment_id,
        customer_count,
        customer_share,
        order_count,
        mean_recency_days,
        mean_order_count,
        mean_line_count,
        mean_monetary_amount,
        mean_quantity,
        mean_profit_amount,
        mean_shipping_cost_amount,
        mean_age,
        mean_income_amount,
        mean_credit_card_debt_amount,
        mean_net_worth_amount,
        mean_spend_amount,
        mean_order_amount,
        sales_amount,
        sales_share,
        profit_amount,
        profit_share,
        spend_amount,
        spend_share,
        mean_silhouette,
        mean_pca_1,
        mean_pca_2
    from segment_profiles

)

select * from final
