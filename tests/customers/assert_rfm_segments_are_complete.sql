-- Every business must have exactly one segment for each of the 125 scores. The model
-- itself stops and lists scores with no segment or several; this test checks that it
-- does.
with

unfolded as (

    select * from {{ ref('retail_marts', 'int_rfm_segments_unfolded_to_scores') }}

)

select
    business_id,
    count(*) as row_count
from unfolded
group by business_id
having
    count(*) <> 125
    or count(rfm_segment) <> 125
    or count(distinct r_score * 100 + f_score * 10 + m_score) <> 125
    or min(least(r_score, f_score, m_score)) <> 1
    or max(greatest(r_score, f_score, m_score)) <> 5
