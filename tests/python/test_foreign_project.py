"""A dbt project of somebody else that uses this package, beside its own models.

It has models with names of ours, a mapped source that is one of them, a source of its
own, and a mart on top of ours. Its models have the schemas that dbt makes by default.
The package is a folder at first, then a tag of a git repository.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conftest import PROJECT, make_dbt

from tests.wheel import copied

FILES = {
    "dbt_project.yml": """\
name: foreign_project
version: "1.0.0"
profile: retail_marts

flags:
  # A test of several models runs if each of them is built.
  indirect_selection: buildable
  require_ref_searches_node_package_before_root: true

vars:
  retail_marts:
    sources: []
    mapped_sources:
      corner_shop:
        model: dim_dates
        date_format: "%Y-%m-%d"
        business_name: Corner Shop
        currency: EUR
        country_code: DE
        columns:
          order_id: ticket
          order_date: day
          customer_id: buyer
          product_id: item
          quantity: units
          sales_amount: paid

models:
  foreign_project:
    +materialized: table
    +schema: own

unit_tests:
  retail_marts:
    +enabled: false

seeds:
  foreign_project:
    +schema: till
""",
    "models/_sources.yml": """\
sources:
  - name: till
    schema: main_till
    tables:
      - name: tickets
""",
    "models/dim_customers.sql": """\
select 'nobody of retail_marts' as customer
""",
    "models/dim_dates.sql": """\
-- depends_on: {{ ref('tickets') }}
select
    ticket,
    day,
    buyer,
    item,
    units,
    paid
from {{ source('till', 'tickets') }}
""",
    "models/fct_orders.sql": """\
select 'no order of retail_marts' as an_order
""",
    "models/rpt_buyers.sql": """\
select
    own.customer,
    customers.business_id,
    customers.customer_id,
    orders.order_id
from {{ ref('retail_marts', 'dim_customers') }} as customers
inner join {{ ref('retail_marts', 'fct_orders') }} as orders
    on
        customers.business_id = orders.business_id
        and customers.customer_id = orders.customer_id
cross join {{ ref('dim_customers') }} as own
""",
    "seeds/tickets.csv": """\
ticket,day,buyer,item,units,paid
1,2024-01-02,anna,apple,2,3.00
1,2024-01-02,anna,bread,1,2.50
2,2024-01-03,ben,apple,1,1.50
3,2024-02-05,anna,cheese,1,6.00
""",
    "packages.yml": f"packages:\n  - local: {PROJECT}\n",
}


TAG = "v0.2.0"


def _repository(folder: Path) -> Path:
    """A git repository with the files of this one, and a tag of a version."""
    copied(folder)
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "--message", "A version"),
        ("tag", TAG),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_our_models_are_built_beside_models_of_the_same_names(tmp_path: Path) -> None:
    project = tmp_path / "foreign_project"
    for name, content in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    shutil.copy(PROJECT / "profiles" / "profiles.yml", project)
    dbt = make_dbt(tmp_path / "dbt")
    assert dbt("deps", whole=True, cwd=project).returncode == 0

    settings = project / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("before_root: true", "before_root: false"))
    refused = dbt("run", "--select", "dim_customers", whole=True, cwd=project)
    assert refused.returncode
    assert "names of ours: dim_customers, dim_dates, fct_orders." in refused.output
    assert "require_ref_searches_node_package_before_root to true" in refused.output
    settings.write_text(text, encoding="utf-8")

    (project / "packages.yml").write_text(
        f"packages:\n  - git: {_repository(tmp_path / 'retail_marts')}\n"
        f"    revision: {TAG}\n"
    )
    assert dbt("deps", whole=True, cwd=project).returncode == 0
    package = project / "dbt_packages" / "retail_marts"
    assert not package.is_symlink()
    assert (package / "dbt_project.yml").is_file()
    wanted = ("+rpt_buyers", "+fct_daily_sales")
    build = dbt("build", "--select", *wanted, whole=True, cwd=project)
    assert build.returncode == 0, build.output
    assert build.rows("select * from main_own.dim_customers") == [
        ("nobody of retail_marts",)
    ]
    assert build.value("select count(*) from core.dim_customers") == 2
    assert build.value("select sum(sales_amount) from sales.fct_daily_sales") == 13
    assert build.value("select count(*) from main_own.rpt_buyers") == 3
