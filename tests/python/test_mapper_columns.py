"""`retail-marts map`: which column is which, for many languages and systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_mapper import findings, mapped, read, sales
from test_mapper_amounts import words_of

from retail_marts.errors import InputError
from retail_marts.mapper.dates import has_no_year

LINES = (
    *("order_id", "order_date", "customer_id", "product_id", "quantity"),
    "sales_amount",
)
NAMED = {"customer_id": "customer_name", "product_id": "product_name"}


def test_payments_have_an_order_each(tmp_path: Path) -> None:
    header = "id,Created date (UTC),Amount,Currency,Status,Customer ID"
    rows = [f"ch_{n},2024-01-{n:02} 10:00:00,9.00,usd,Paid,cus_1" for n in range(1, 9)]
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert entry.sales.columns["order_id"] == "id"
    assert entry.settings()["currency"] == "USD"


def test_items_in_one_cell_are_told(tmp_path: Path) -> None:
    item = "name:Tea|product_id:1|sku:T|quantity:1|total:2.00"
    header = "order_id,date,status,order_total,line_item_1"
    rows = [f"{n},2024-01-{n:02},completed,2.00,{item}" for n in range(1, 9)]
    text = " ".join(
        mapped(sales(tmp_path, *rows, header=header)).text().replace("#", "").split()
    )
    assert "line_item_1 (check it: it holds items of an order in one cell" in text


def test_totals_of_orders_say_that_tax_comes_on_top(tmp_path: Path) -> None:
    header = "Invoice,Date,Item,Qty,Price,Line,Tax,Total"
    rows = []
    for n in range(1, 13):
        lines = [(f"I{n % 3}", 10 * n), (f"J{n % 2}", 5 * n)]
        total = sum(amount for _, amount in lines) * 1.2
        rows += [
            f"{n},2024-01-{n + 12},{item},1,{amount},{amount},{amount * 0.2},{total}"
            for item, amount in lines
        ]
    entry = mapped(sales(tmp_path, *rows, header=header))
    assert entry.sales.columns["tax_amount"] == "Tax"
    assert "Total is the amount with it" in " ".join(entry.text().split())


@pytest.mark.parametrize(
    "header",
    [
        # French, Spanish, Italian, Portuguese
        "N° facture;Date facture;Code client;Réf. article;Qté;Montant HT",
        "N° de commande;Date commande;N° client;Code article;Quantité;Montant TTC",
        "Nº factura;Fecha factura;Cód. cliente;Referencia;Cantidad;Importe",
        "N. fattura;Data fattura;Codice cliente;Codice articolo;Quantità;Importo",
        "Nº da fatura;Data da fatura;Cód. cliente;Cód. produto;Quantidade;Valor total",
        # Swedish, Danish, Norwegian, Finnish
        "Ordernummer;Orderdatum;Kundnummer;Artikelnummer;Antal;Belopp",
        "Ordrenummer;Ordredato;Kundenummer;Varenummer;Antal;Beløb",
        "Ordrenr;Ordredato;Kundenr;Varenr;Antall;Beløp",
        "Tilausnumero;Tilauspäivä;Asiakasnumero;Tuotenumero;Määrä;Summa",
        # Arabic, Hebrew, Hindi
        "رقم الطلب;تاريخ الطلب;رقم العميل;رمز المنتج;الكمية;المبلغ",
        "מספר הזמנה;תאריך;מספר לקוח;קוד מוצר;כמות;סכום",
        "ऑर्डर संख्या;दिनांक;ग्राहक कोड;उत्पाद कोड;मात्रा;राशि",
        # Turkish, Polish, Czech, Hungarian, Greek
        "Belge No;Belge Tarihi;Cari Kodu;Stok Kodu;Miktar;Net Tutar",
        "Nr dokumentu;Data sprzedaży;Kod klienta;Kod towaru;Ilość;Wartość brutto",
        "Číslo objednávky;Datum objednávky;Číslo zákazníka;Kód zboží;Množství;Celkem",
        "Rendelésszám;Rendelés dátuma;Vevőkód;Cikkszám;Mennyiség;Összeg",
        "Αριθμός παραγγελίας;Ημερομηνία;Κωδικός πελάτη;Κωδικός προϊόντος;Ποσότητα;Αξία",
        # Thai, Vietnamese, Korean, Japanese, Chinese
        "เลขที่ใบเสร็จ;วันที่;รหัสลูกค้า;รหัสสินค้า;จำนวน;จำนวนเงิน",
        "Mã đơn hàng;Ngày đặt hàng;Mã khách hàng;Mã sản phẩm;Số lượng;Thành tiền",
        "주문번호;주문일자;고객번호;상품코드;수량;금액",
        "受注番号;受注日;会員番号;商品コード;数量;売上金額",
        "订单编号;下单时间;会员编号;商品编码;数量;实付金额",
        # SAP
        "VBELN;FKDAT;KUNNR;MATNR;FKIMG;NETWR",
        "VBELN;AUDAT;KUNAG;MATNR;KWMENG;NETWR",
        "Billing Document;Billing Date;Sold-to Party;Material;Menge;Net Value",
        # Lightspeed, Square, Clover, Etsy, eBay, Magento, PrestaShop, Zoho
        "Receipt Number;Date;Customer Code;Sku;Quantity;Total",
        "Transaction ID;Date;Customer ID;SKU;Qty;Net Sales",
        "Order ID;Line Item Date;Customer ID;Item SKU;Per Unit Quantity;Item Revenue",
        "Order ID;Sale Date;Buyer;Listing ID;Quantity;Item Total",
        "Order Number;Sale Date;Buyer Username;Custom Label;Quantity;Total Price",
        "increment_id;created_at;customer_id;sku;qty_ordered;row_total",
        "id_order;date_add;id_customer;product_reference;product_quantity;"
        "total_price_tax_excl",
        "Invoice Number;Invoice Date;Customer ID;SKU;Quantity;Item Total",
        # Amazon
        "amazon-order-id;purchase-date;buyer-id;asin;quantity-purchased;amount",
    ],
)
def test_headers_with_ids(tmp_path: Path, header: str) -> None:
    _check(tmp_path, header, LINES)


@pytest.mark.parametrize(
    "header",
    [
        # Tally, QuickBooks
        "Vch No.;Date;Party Name;Item Name;Billed Qty;Amount",
        "Num;Transaction date;Customer full name;Product/Service;Quantity;Amount",
        "№ заказа;Дата;ФИО;Наименование;Кол-во;Сумма",
    ],
)
def test_headers_with_names(tmp_path: Path, header: str) -> None:
    _check(tmp_path, header, tuple(NAMED.get(one, one) for one in LINES))


def _check(folder: Path, header: str, ours: tuple[str, ...]) -> None:
    # Each product has one price, so that the amount grows with the quantity.
    rows = [
        f"{n // 2};2024-01-{n};Ann {n % 3};Tea {n % 4};{n % 3 + 1};"
        f"{(n % 3 + 1) * (n % 4 + 1.5)}"
        for n in range(10, 28)
    ]
    found = read(sales(folder, *rows, header=header))["columns"]
    assert found == dict(zip(ours, header.split(";"), strict=True))


def test_headers_of_xero_toast_and_odoo(tmp_path: Path) -> None:
    rows = [f"{n},2024-01-{n},Ann,Tea {n % 3},2,{n}.50" for n in range(10, 28)]
    xero = "InvoiceNumber,InvoiceDate,ContactName,InventoryItemCode,Quantity,LineAmount"
    columns = read(sales(tmp_path, *rows, header=xero))["columns"]
    assert columns["customer_name"] == "ContactName"
    assert columns["product_id"] == "InventoryItemCode"
    odoo = (
        "Order Reference,Order Date,Customer,Order Lines/Product,Order Lines/Quantity,"
        "Order Lines/Subtotal"
    )
    columns = read(sales(tmp_path, *rows, header=odoo))["columns"]
    assert columns["product_name"] == "Order Lines/Product"
    assert columns["quantity"] == "Order Lines/Quantity"
    assert columns["sales_amount"] == "Order Lines/Subtotal"
    toast = "Order Id,Order Date,Guest Name,Menu Item,Qty,Gross Price"
    assert read(sales(tmp_path, *rows, header=toast.replace("Gross", "Net")))[
        "columns"
    ]["product_name"] == ("Menu Item")


def test_of_two_amounts_that_without_tax_is_the_sale(tmp_path: Path) -> None:
    header = (
        "id_order,date_add,product_id,qty,total_price_tax_incl,total_price_tax_excl"
    )
    rows = [f"{n},2024-01-{n},A,1,{n}.99,{n}.00" for n in range(10, 28)]
    columns = read(sales(tmp_path, *rows, header=header))["columns"]
    assert columns["sales_amount"] == "total_price_tax_excl"


def test_a_column_that_is_nearly_empty_gives_way(tmp_path: Path) -> None:
    """As in settlement reports of Amazon, whose first row has the total."""
    header = (
        "order-id\tdeposit-date\tposted-date\tsku\ttotal-amount\tamount\tamount-type"
    )
    rows = ["\t2024-01-31\t\t\t1234.50\t\t"]
    rows += [
        f"303-{n}\t\t2024-01-{n % 20 + 10}\tA{n % 5}\t\t{n}.99\t"
        f"{'ItemFees' if n % 3 else 'ItemPrice'}"
        for n in range(80)
    ]
    entry = mapped(sales(tmp_path, *rows, header=header))
    columns = entry.sales.columns
    assert columns["sales_amount"] == "amount"
    assert columns["order_date"] == "posted-date"
    assert findings(entry, "filters") == [
        ([{"column": "amount-type", "drop": ["ItemFees"]}], False)
    ]
    # Without another column, it is used.
    rows = [row.replace(".99\t", "\t").replace("303", "3") for row in rows]
    header = header.replace("\tamount\t", "\tx\t")
    columns = mapped(sales(tmp_path, *rows, header=header)).sales.columns
    assert columns["sales_amount"] == "total-amount"


@pytest.mark.parametrize(
    ("header", "values", "dropped"),
    [
        ("Void?", ("False", "True"), "True"),
        ("Is cancelled", ("no", "yes"), '"yes"'),
        ("Refunded", ("0", "1"), '"1"'),
    ],
)
def test_flags_of_rows_that_are_no_sales(
    tmp_path: Path, header: str, values: tuple[str, str], dropped: str
) -> None:
    rows = [f"{n},2024-01-{n},A,1,{n}.00,{values[n == 12]}" for n in range(10, 28)]
    entry = mapped(sales(tmp_path, *rows, header=f"Order,Date,SKU,Qty,Total,{header}"))
    assert findings(entry, "filters") == [
        ([{"column": header, "drop": [dropped.strip('"')]}], False)
    ]


@pytest.mark.parametrize("word", ["Total", "SUBTOTAL:", "Summe", "合計"])
def test_rows_of_totals_between_others_are_told(tmp_path: Path, word: str) -> None:
    rows = [f"{n},2024-01-{n},A,1,{n}.00" for n in range(10, 28)]
    rows.insert(9, f"{word},2024-01-18,,9,126.00")
    entry = mapped(sales(tmp_path, *rows, header="Order,Date,SKU,Qty,Total"))
    assert findings(entry, "filters") == [
        ([{"column": "Order", "drop": [word]}], False)
    ]
    assert "Rows of totals count twice" in words_of(entry)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0101", "3112"], True),
        (["101", "3112"], True),
        (["31.12.", "01.02."], True),
        (["31-Dec", "1-Jan"], True),
        (["Dec 31", "Jan 1"], True),
        # Years, numbers, and dates with a year.
        (["2011", "2012"], False),
        (["4711", "0815"], False),
        (["31.12.2024"], False),
        ([], False),
    ],
)
def test_days_without_a_year(values: list[str], expected: bool) -> None:
    assert has_no_year(values) is expected


def test_a_date_without_a_year_asks_for_it(tmp_path: Path) -> None:
    header = "Umsatz (ohne Soll/Haben-Kz);Gegenkonto;Belegdatum;Belegfeld 1"
    rows = [f"{n},50;8400;{n:02}01;RE{n}" for n in range(1, 29)]
    path = sales(tmp_path, *rows, header=header)
    with pytest.raises(InputError, match="the dates in Belegdatum have no year") as one:
        mapped(path)
    assert "Which year is it?" in str(one.value)
    # With another date, it is not needed.
    rows = [f"{row};2024-01-{n:02}" for n, row in enumerate(rows, 1)]
    path = sales(tmp_path, *rows, header=f"{header};Buchungsdatum")
    assert mapped(path).sales.columns["order_date"] == "Buchungsdatum"


def test_ids_that_excel_has_shortened_are_told(tmp_path: Path) -> None:
    rows = [f"{n},2024-01-{n},4.00638E+12,1,{n}.00" for n in range(10, 28)]
    rows += ["99,2024-01-20,4006381333931,1,5.00"]
    text = words_of(mapped(sales(tmp_path, *rows, header="Order,Date,EAN,Qty,Total")))
    assert "18 rows have ids such as 4.00638E+12. A program such as Excel has" in text
    assert "without opening it in Excel" in text


def test_bands_with_signs_of_currencies_are_an_income(tmp_path: Path) -> None:
    bands = ("$100,000+", "Under $25K", "<25k", "250K+", "$50,000 - $74,999")
    people = [f'c{n},"{bands[n % len(bands)]}"' for n in range(20)]
    rows = [f"{n},2024-01-{n},A,1,{n}.00,c{n - 10}" for n in range(10, 28)]
    lines = sales(tmp_path, *rows, header="Order,Date,SKU,Qty,Total,Customer")
    described = sales(tmp_path, *people, header="Customer,Income", name="p.csv")
    entry = mapped(lines, described)
    assert entry.settings()["customers"]["columns"]["income_amount"] == "Income"
