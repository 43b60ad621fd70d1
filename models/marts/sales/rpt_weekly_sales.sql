{{ period_sales('week_start_date') }}
