{{ segment_profiles('store') }}
