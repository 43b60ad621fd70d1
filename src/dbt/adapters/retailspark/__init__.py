"""dbt's Spark adapter in one session, with strict SQL and with Python models."""

from dbt.adapters.base import AdapterPlugin
from dbt_common.exceptions import DbtRuntimeError

from dbt.include import retailspark

try:
    from dbt.adapters.retailspark.connections import RetailSparkCredentials
    from dbt.adapters.retailspark.impl import RetailSparkAdapter
except ModuleNotFoundError as error:
    raise DbtRuntimeError(
        f"the target spark needs packages that are not installed ({error}).\n"
        "  Remedy: Run pip install 'retail-marts[spark]', or use the target dev."
    ) from error

Plugin = AdapterPlugin(
    adapter=RetailSparkAdapter,  # type: ignore[arg-type]
    credentials=RetailSparkCredentials,
    include_path=retailspark.PACKAGE_PATH,
    dependencies=["spark"],
)
