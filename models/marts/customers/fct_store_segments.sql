{{ segmented_subjects('store') }}
