with

results as (

    select * from {{ ref('retail_marts', 'py_customer_lifetime_values') }}
    where result_kind = 'models'

),

final as (

    select
        business_id,
        fitted_on,
        model_name,
        note,
        cast(customer_count as integer) as customer_count,
        cast(repeat_customer_count as integer) as repeat_customer_count,
        cast(excluded_customer_count as integer) as excluded_customer_count,
        r,
        r_standard_error,
        alpha,
        alpha_standard_error,
        a,
        a_standard_error,
        b,
        b_standard_error,
        p,
        p_standard_error,
        q,
        q_standard_error,
        gamma,
        gamma_standard_error,
        log_likelihood,
        gradient_norm,
        cast(iterations as integer) as iterations,
        fit_seconds,
        frequency_value_correlation,
        converged
    from results

)

select * from final
