{{ segmented_subjects('customer') }}
