"""Answers of the source systems, written by hand from wire.md, with invented people in them."""

from typing import Any

from config import SourceSettings

PERSON = "Nguyễn Thị MARKER"
SECRETS = {"TEST_PASSWORD": "s3cret-password", "TEST_TOKEN": "s3cret-token", "TEST_KEY": "s3cret-key"}

DOSSIER: dict[str, Any] = {
    "MaHoSo": "H28.148.04792-211201-0007",
    "MaTTHC": "1.000894",
    "TenTTHC": "Đăng ký kết hôn",
    "MaLinhVuc": "G15-HT",
    "TenLinhVuc": "Hộ tịch",
    "KenhThucHien": "2",
    "ChuHoSo": PERSON,
    "SoGiayToChuHoSo": "MARKER-017085000123",
    "SoDienThoai": "MARKER-0912345678",
    "Email": "MARKER@example.vn",
    "NgayNopHoSo": "20211201080000",
    "NgayTiepNhan": "20211201093000",
    "NgayHenTra": "20211203170000",
    "TrangThaiHoSo": "10",
    "NgayTra": "20211203080000",
    "HinhThuc": "1",
    "NgayKetThucXuLy": "20211202235959",
    "DonViXuLy": "000.04792.148.H28",
    "NoiNopHoSo": "Nhà của MARKER",
    "HoSoCoThanhPhanSoHoa": "1",
    "TaiKhoanDuocXacThucVoiVNeID": "0",
    "DuocThanhToanTrucTuyen": "1",
    "DanhSachLePhi": [{"TenPhiLePhi": "Lệ phí", "Gia": "0"}, {"TenPhiLePhi": "Phí", "Gia": "15000"}],
    "DanhSachHoSoBoSung": [{"NgayBoSung": "20211201100000", "NgayTiepNhanBoSung": ""}],
    "DanhSachGiayToKetQua": [{"MaGiayToKetQua": "", "DuongDanTepTinKetQua": "/kq/MARKER.pdf"}],
    "DanhGiaHaiLong": "Rất hài lòng",
    "NgayCapNhat": "20211203080500",
}

UNIT: dict[str, Any] = {
    "MADONVI": "000.04792.148.H28",
    "TENDONVI": "Phường Phương Lâm",
    "CAPDONVI": "xa",
    "MACHA": "000.00.148.H28",
    "NGAYHIEULUC": "20200101",
    "NGAYHETHIEULUC": None,
}

PROCEDURE: dict[str, Any] = {
    "MaTTHC": "1.000894",
    "TenTTHC": "Đăng ký kết hôn",
    "MaLinhVuc": "G15-HT",
    "TenLinhVuc": "Hộ tịch",
    "MucDo": "3",
    "CapThucHien": "xa",
    "CoQuanThucHien": None,
    "TichHopDVCQG": True,
    "ThuPhi": False,
    "NgayHieuLuc": "20200101",
    "NgayHetHieuLuc": "20210630",
}

DOCUMENT: dict[str, Any] = {
    "MaVanBan": "VB-2021-000123",
    "Huong": "di",
    "OrganId": "000.00.03.H28",
    "CodeNumber": "0123",
    "CodeNotation": "QĐ-UBND",
    "TypeName": "Quyết định",
    "Subject": "Về việc của MARKER",
    "IssuedDate": "2021/12/01",
    "ArrivalDate": None,
    "DueDate": "2021/12/10",
    "CompletedDate": None,
    "SignerInfo": {"Position": "Giám đốc", "FullName": PERSON},
    "To": [{"OrganId": "MARKER", "StatusCode": "01"}],
    "DienTu": True,
    "DaKySo": None,
    "GuiLienThong": True,
    "Mat": False,
    "CapGui": "tinh",
    "updatedAt": "2021-12-01T15:00:00+07:00",
}

MEETING: dict[str, Any] = {
    "internalMeetingID": "183f0bf3a0982a127bdb8161e0c44eb696b3e75c-1639099800000",
    "createTime": "1639099800000",
    "startTime": "1639099860000",
    "endTime": "0",
    "name": "Giao ban tuần",
    "unit-code": "H28",
    "scheduled-start": "1639099800000",
    "invited-units": ["H28.148", "H28.150"],
    "attendee-units": ["000.00.148.H28", "H28.152"],
}

OPENCPS_DOSSIER: dict[str, Any] = {
    "dossierId": "70301",
    "referenceUid": "5b1c2f",
    "dossierNo": "H28.148.04792-211201-0007",
    "serviceCode": "1.000894",
    "serviceName": "Đăng ký kết hôn",
    "serviceLevel": "3",
    "govAgencyCode": "H28.148.04792",
    "domainCode": "G15-HT",
    "online": "false",
    "viaPostal": "2",
    "fromViaPostal": "1",
    "submitDate": "01/12/2021 08:00:00",
    "receiveDate": "01/12/2021 09:30:00",
    "dueDate": "03/12/2021 17:00:00",
    "extendDate": "09/12/2021 17:00:00",
    "releaseDate": "02/12/2021 23:59:59",
    "finishDate": "03/12/2021 08:00:00",
    "dossierStatus": "done",
    "lockState": "",
    "modifiedDate": "03/12/2021 08:05:00",
    "applicantName": PERSON,
    "applicantIdNo": "MARKER-017085000123",
    "address": "Nhà của MARKER",
    "contactTelNo": "MARKER-0912345678",
    "contactEmail": "MARKER@example.vn",
}

OPENCPS_SERVICE: dict[str, Any] = {
    "serviceCode": "1.000894",
    "serviceName": "Đăng ký kết hôn",
    "domainCode": "G15-HT",
    "domainName": "Hộ tịch",
    "maxLevel": "3",
    "ownerCode": "H28.148",
    "ownerTier": "huyen",
}

OPENCPS_AGENCY: dict[str, Any] = {
    "itemCode": "H28.148.04792",
    "itemName": "UBND phường Phương Lâm",
    "parentItemCode": "H28.148",
}

PEXIP_MEETING: dict[str, Any] = {
    "id": "c3e5a3f0-0001",
    "name": "Giao ban tuần",
    "tag": "H28.148",
    "start_time": "2021-12-10T01:00:00.250000",
    "end_time": "2021-12-10T02:00:00",
    "parts": ["c3e5a3f0-0002"],
    "stays": [{"unit": "H28.148.04792", "seconds": 3300}],
}

POINT: dict[str, Any] = {
    "unit_code": "000.04792.148.H28",
    "point_code": "DC-0148-01",
    "name": "Điểm cầu UBND phường Phương Lâm",
    "room": "Phòng họp tầng 2",
    "status": "active",
    "valid_from": "2021-03-01",
    "valid_to": "",
    "row": 2,
    "typed": {},
}

RETURN: dict[str, Any] = {
    "unit_code": "000.00.148.H28",
    "period": "2021-06",
    "indicator": "lan_rate",
    "numerator": "9",
    "denominator": "10",
    "value": "",
    "note": "Theo báo cáo quý",
    "row": 2,
    "typed": {"numerator": "number"},
}

# A packet of the document axis, as the connector takes its fields over; of people nothing is.
ANSWER: dict[str, Any] = {
    "docId": "b7c1e6d0",
    "serviceType": "eDoc",
    "messageType": "status",
    "createdTime": "2021/12/02 09:30:00",
    "OrganId": "000.00.03.H28",
    "DocumentId": "000.00.03.H28,2021/12/01,0123/QĐ-UBND",
    "From": "000.00.150.H28",
    "StatusCode": "06",
    "Timestamp": "2021/12/02 09:29:30",
    "To": [],
    "Signed": False,
}

ROOM: dict[str, Any] = {"room": "1234", "unit": "H28", "name": "Giao ban tuần", "points": ["000.00.150.H28"]}

RECORDS: dict[tuple[str, str], dict[str, Any]] = {
    ("dvcqg", "units"): UNIT,
    ("dvcqg", "procedures"): PROCEDURE,
    ("dvcqg", "dossiers"): DOSSIER,
    ("opencps", "units"): OPENCPS_AGENCY,
    ("opencps", "procedures"): OPENCPS_SERVICE,
    ("opencps", "dossiers"): OPENCPS_DOSSIER,
    ("qlvb", "documents"): DOCUMENT,
    ("pexip", "meetings"): PEXIP_MEETING,
    ("bridge_points", "bridge_points"): POINT,
    ("returns", "returns"): RETURN,
    ("edxml", "documents"): ANSWER,
    ("janus", "meetings"): ROOM,
    ("bigbluebutton", "meetings"): MEETING,
    ("bigbluebutton", "recordings"): {**MEETING, "endTime": "1639103460000"},
}


def source_settings(dialect: str, address: str) -> SourceSettings:
    """The settings of a source of that dialect; its secrets are in SECRETS."""
    return SourceSettings(
        name="nguon-a",
        dialect=dialect,
        base_url=address,
        username="ioc",
        password_env="TEST_PASSWORD",  # the variable's name
        token_env="TEST_TOKEN",
        secret_env="TEST_KEY",
        path="bang.csv",
        group_id="20126",
    )
