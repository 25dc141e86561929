"""The stock through django-import-export: one model, one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _place import Place


def import_stock(place: Place) -> Iterator[None]:
    """Make the table, then import the file in bulk, looking for what is there by its key."""
    import django
    from django.conf import settings

    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(place.sqlite)}
    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["import_export"], USE_TZ=False)
    django.setup()

    from django.db import connection, models
    from import_export.resources import ModelResource
    from tablib import Dataset

    class Stock(models.Model):  # noqa: DJ008 - nobody reads its name
        sku = models.CharField(primary_key=True, max_length=20)
        name = models.TextField()
        category = models.TextField()
        quantity = models.BigIntegerField()
        price = models.DecimalField(max_digits=12, decimal_places=2)
        listed = models.DateField()
        changed = models.DateTimeField()
        active = models.BooleanField()
        note = models.TextField(blank=True, default="")
        weight = models.FloatField()

        class Meta:
            app_label = "import_export"
            db_table = "stock"

    class StockResource(ModelResource):
        class Meta:
            model = Stock
            import_id_fields = ("sku",)
            use_bulk = True
            batch_size = 1_000

    with connection.schema_editor() as editor:
        editor.create_model(Stock)
    yield
    with place.csv.open(newline="") as file:
        dataset = Dataset().load(file, format="csv")
    StockResource().import_data(dataset, raise_errors=True, use_transactions=True)
    connection.close()
    yield
