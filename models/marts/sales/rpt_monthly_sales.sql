{{ period_sales('month_start_date') }}
