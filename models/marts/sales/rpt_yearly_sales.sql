{{ period_sales('year_start_date') }}
