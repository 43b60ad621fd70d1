-- A table, so that a gap or an overlap in the map stops the build once, here.
{{ config(materialized='table') }}

with

-- A map from before there were priorities lacks the column.
stated as (

    {{ union_by_name(['select * from ' ~ ref('rfm_segments')], {
        'business_id': 'string', 'rfm_segment': 'string', 'priority': 'integer',
        'r_from': 'integer', 'r_to': 'integer', 'fm_from': 'integer',
        'fm_to': 'integer', 'f_from': 'integer', 'f_to': 'integer',
        'm_from': 'integer', 'm_to': 'integer', 'description': 'string',
        'strategy': 'string'
    }) | indent(4) }}

),

segments as (

    select
        coalesce(trim(business_id), '') as map_id,
        trim(rfm_segment) as rfm_segment,
        coalesce(priority, 0) as priority,
        description,
        strategy,
        {% for score in ['r', 'fm', 'f', 'm'] -%}
        coalesce({{ score }}_from, 1) as {{ score }}_from,
        coalesce({{ score }}_to, 5) as {{ score }}_to{{ ',' if not loop.last }}
        {% endfor -%}
    from stated

),

-- A business with its own rows uses only these. All others use the rows without one.
businesses as (

    select
        dim_businesses.business_id,
        case
            when dim_businesses.business_id in (select segments.map_id from segments)
                then dim_businesses.business_id
            else ''
        end as map_id
    from {{ ref('retail_marts', 'dim_businesses') }} as dim_businesses

),

scores as (

    {% for score in range(1, 6) -%}
    select {{ score }} as score
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

combinations as (

    select
        maps.map_id,
        recency.score as r_score,
        frequency.score as f_score,
        monetary.score as m_score,
        {{ rfm_fm_score('frequency.score', 'monetary.score') }} as fm_score
    from (select distinct map_id from businesses) as maps
    cross join scores as recency
    cross join scores as frequency
    cross join scores as monetary

),

candidates as (

    select
        combinations.map_id,
        combinations.r_score,
        combinations.f_score,
        combinations.m_score,
        combinations.fm_score,
        segments.rfm_segment,
        segments.description,
        segments.strategy,
        segments.priority,
        min(segments.priority) over (
            partition by
                combinations.map_id,
                combinations.r_score,
                combinations.f_score,
                combinations.m_score
        ) as first_priority
    from combinations
    left join segments
        on
            combinations.map_id = segments.map_id
            and combinations.r_score between segments.r_from and segments.r_to
            and combinations.fm_score between segments.fm_from and segments.fm_to
            and combinations.f_score between segments.f_from and segments.f_to
            and combinations.m_score between segments.m_from and segments.m_to

),

-- Of several rows for a score, those with the lowest priority count.
matched as (

    select
        map_id,
        r_score,
        f_score,
        m_score,
        fm_score,
        rfm_segment,
        description,
        strategy,
        count(priority) over (partition by map_id, r_score, f_score, m_score)
            as segment_count
    from candidates
    where priority = first_priority or priority is null

),

-- Messages about faults in a map.
faults as (

    select
        map_id,
        case
            when segment_count = 0 then 'no segment'
            when segment_count > 1 then 'several segments'
            else 'a segment without a name'
        end as fault,
        r_score || '-' || f_score || '-' || m_score
        || case
            when segment_count > 1
                then ' (' || {{ joined_text("coalesce(rfm_segment, '')") }} || ')'
            else ''
        end as place
    from matched
    where segment_count <> 1 or rfm_segment is null
    group by map_id, r_score, f_score, m_score, segment_count
    union all
    select
        map_id,
        'several descriptions or strategies' as fault,
        rfm_segment as place
    from matched
    where rfm_segment is not null
    group by map_id, rfm_segment
    having
        count(distinct coalesce(strategy, '')) > 1
        or count(distinct coalesce(description, '')) > 1

),

numbered_faults as (

    select
        *,
        row_number() over (partition by map_id, fault order by place)
            as place_number,
        count(*) over (partition by map_id, fault) as place_count
    from faults

),

listed_faults as (

    select
        'the map of ' || case when map_id = '' then 'all businesses' else map_id end
        || ' has ' || fault || ' for ' || {{ joined_text('place') }}
        || case
            when place_count > 5 then ' and ' || (place_count - 5) || ' more'
            else ''
        end as fault_list
    from numbered_faults
    where place_number <= 5
    group by map_id, fault, place_count

),

-- One row; null if no map has a fault.
messages as (

    select
        'seeds/rfm_segments.csv (recency-frequency-monetary): '
        || {{ joined_text('fault_list') }} || '.' || chr(10)
        || '  Remedy: change its rows until each of the 125 scores has exactly one, '
        || 'and each segment one strategy, then run dbt build. Of rows that overlap, '
        || 'the lowest priority wins; a last row without bounds takes the rest.'
            as message
    from listed_faults

),

final as (

    select
        businesses.business_id,
        case
            when messages.message is not null
                then {{ raised_error('messages.message') }}
            else matched.rfm_segment
        end as rfm_segment,
        matched.description,
        matched.strategy,
        matched.r_score,
        matched.f_score,
        matched.m_score,
        matched.fm_score
    from businesses
    inner join matched on businesses.map_id = matched.map_id
    cross join messages

)

select * from final
