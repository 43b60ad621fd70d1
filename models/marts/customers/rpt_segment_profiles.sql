{{ segment_profiles('customer') }}
