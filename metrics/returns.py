"""Statistical returns: what no system reports, as each unit returned it. Nothing is added up."""

from typing import Literal

from metrics._contract import FIRST_0_2, Indicator

_PLAN = "Nghị quyết 17/NQ-CP ngày 07/3/2019"
_QD749 = "Quyết định 749/QĐ-TTg ngày 03/6/2020"
_ND43 = "Nghị định 43/2011/NĐ-CP; từ 15/8/2022: Nghị định 42/2022/NĐ-CP"
_ND61 = "Nghị định 61/2018/NĐ-CP"
_ND130 = "Nghị định 130/2018/NĐ-CP"
_QD28 = "Quyết định 28/2018/QĐ-TTg"
_CENTRE = "Đề án Trung tâm điều hành thông minh của tỉnh"


def _returned(
    key: str,
    names: tuple[str, str],
    definitions: tuple[str, str],
    source: str,
    counted: str,
    form: Literal["rate", "count"] = "rate",
) -> Indicator:
    """`names` and `definitions` in English and Vietnamese."""
    return Indicator(
        key=key,
        name=names[0],
        name_vi=names[1],
        definition=f"{definitions[0]}, as the unit returned it for the period.",
        definition_vi=f"{definitions[1]}, theo báo cáo thống kê của đơn vị cho kỳ đó.",
        source=source,
        numerator=lambda ask: ask.returned(key, "numerator"),
        denominator=(lambda ask: ask.returned(key, "denominator")) if form == "rate" else None,
        form=form,
        counted=counted,
        returned=True,
        changes=(FIRST_0_2,),
        owner="The province's authority for information technology",
        owner_vi="Cơ quan chuyên trách công nghệ thông tin của tỉnh",
    )


INDICATORS = (
    _returned(
        "plan_coverage_rate",
        ("Communes carrying out the ICT plan", "Xã, phường triển khai kế hoạch CNTT"),
        (
            "Communes that carry out the plan for information technology, of all communes",
            "Xã, phường triển khai kế hoạch ứng dụng công nghệ thông tin trên tổng số xã, phường",
        ),
        _PLAN,
        "units",
    ),
    _returned(
        "computers_rate",
        ("Officials with a computer", "Cán bộ, công chức, viên chức có máy tính"),
        (
            "Officials of the district level and above equipped with a computer, of all of them",
            "Cán bộ, công chức, viên chức từ cấp huyện trở lên được trang bị máy tính trên tổng số",
        ),
        _QD749,
        "people",
    ),
    _returned(
        "computers_rate_commune",
        ("Commune officials with a computer", "Cán bộ, công chức cấp xã có máy tính"),
        (
            "Officials of communes equipped with a computer, of all of them",
            "Cán bộ, công chức cấp xã được trang bị máy tính trên tổng số cán bộ, công chức cấp xã",
        ),
        _QD749,
        "people",
    ),
    _returned(
        "lan_rate",
        ("Agencies with a local network and internet", "Cơ quan có mạng nội bộ và Internet"),
        (
            "Departments and districts with a local network and the internet, of all of them",
            "Sở, ngành và huyện có mạng LAN và kết nối Internet trên tổng số sở, ngành và huyện",
        ),
        _QD749,
        "units",
    ),
    _returned(
        "dedicated_network_rate",
        ("Agencies on the dedicated network", "Cơ quan kết nối mạng truyền số liệu chuyên dùng"),
        (
            "Departments and districts on the government's dedicated data network, of all of them",
            "Sở, ngành và huyện kết nối mạng truyền số liệu chuyên dùng trên tổng số sở, ngành và huyện",
        ),
        _QD749,
        "units",
    ),
    _returned(
        "email_usage_rate",
        ("Officials who use official e-mail", "Cán bộ thường xuyên dùng thư điện tử công vụ"),
        (
            "Officials of the district level and above who regularly use official e-mail, of all of them",
            "Cán bộ, công chức từ cấp huyện trở lên thường xuyên dùng thư điện tử công vụ trên tổng số",
        ),
        _PLAN,
        "people",
    ),
    _returned(
        "document_system_rate",
        ("Agencies that use the document system", "Cơ quan dùng phần mềm Quản lý văn bản và điều hành"),
        (
            "Departments and districts that use the document management system, of all of them",
            "Sở, ngành và huyện dùng phần mềm Quản lý văn bản và điều hành trên tổng số sở, ngành và huyện",
        ),
        _QD28,
        "units",
    ),
    _returned(
        "web_portal_rate",
        ("Agencies with a web portal", "Cơ quan có cổng hoặc trang thông tin điện tử"),
        (
            "Agencies with a web portal or web site, of all agencies",
            "Cơ quan có cổng hoặc trang thông tin điện tử trên tổng số cơ quan",
        ),
        _ND43,
        "units",
    ),
    _returned(
        "portal_articles",
        ("Articles a month on the portal", "Tin, bài mỗi tháng trên cổng thông tin của tỉnh"),
        (
            "Articles that the province's portal publishes in a month",
            "Số tin, bài đăng mỗi tháng trên cổng thông tin điện tử của tỉnh",
        ),
        _ND43,
        "articles",
        "count",
    ),
    _returned(
        "component_portal_articles",
        ("Articles a month on each component portal", "Tin, bài mỗi tháng trên mỗi cổng thành phần"),
        (
            "Articles that each component portal publishes in a month",
            "Số tin, bài đăng mỗi tháng trên mỗi cổng thông tin thành phần",
        ),
        _ND43,
        "articles",
        "count",
    ),
    _returned(
        "online_services_rate",
        ("Online services at level 3 or 4, as published", "Dịch vụ công trực tuyến mức độ 3, 4 (số công bố)"),
        (
            "Online services at level 3 or 4 on a base that the unit chose and did not state",
            "Tỷ lệ dịch vụ công trực tuyến mức độ 3, 4 trên mẫu số do đơn vị chọn và không nêu",
        ),
        _PLAN,
        "services",
    ),
    _returned(
        "eligible_level4_rate",
        ("Eligible procedures at level 4", "Thủ tục đủ điều kiện được cung cấp mức độ 4"),
        (
            "Procedures at level 4, of those that the unit declared eligible for it",
            "Thủ tục được cung cấp ở mức độ 4 trên số thủ tục mà đơn vị xác định là đủ điều kiện",
        ),
        _PLAN,
        "procedures",
    ),
    _returned(
        "certificates",
        ("Digital certificates issued", "Chứng thư số đã cấp"),
        (
            "Digital certificates issued to organisations and persons",
            "Số chứng thư số chuyên dùng đã cấp cho tổ chức và cá nhân",
        ),
        _ND130,
        "certificates",
        "count",
    ),
    _returned(
        "authenticated_users_rate",
        ("Users with electronic identification", "Người dân và doanh nghiệp được xác thực điện tử"),
        (
            "Citizens and businesses electronically authenticated when they use online services, of all that use them",
            "Người dân và doanh nghiệp tham gia dịch vụ công trực tuyến được xác thực định danh điện tử trên tổng số",
        ),
        _PLAN,
        "people",
    ),
    _returned(
        "services_signature_rate",
        ("Online services with a digital signature", "Dịch vụ công trực tuyến sử dụng chữ ký số"),
        (
            "Online services that use a digital signature, of all online services",
            "Dịch vụ công trực tuyến sử dụng chữ ký số trên tổng số dịch vụ công trực tuyến",
        ),
        _PLAN,
        "services",
    ),
    _returned(
        "services_edossier_rate",
        ("Online services on an electronic dossier", "Dịch vụ công trực tuyến xử lý bằng hồ sơ điện tử"),
        (
            "Online services processed on an electronic dossier, of all online services",
            "Dịch vụ công trực tuyến được xử lý bằng hồ sơ điện tử trên tổng số dịch vụ công trực tuyến",
        ),
        _PLAN,
        "services",
    ),
    _returned(
        "autofill_rate",
        ("Forms filled with what is known", "Thông tin người dân được tự động điền vào biểu mẫu"),
        (
            "Online services whose forms are filled in with the citizen's known data, of all online services",
            "Dịch vụ công trực tuyến tự động điền thông tin đã có của người dân vào biểu mẫu trên tổng số dịch vụ công",
        ),
        _PLAN,
        "services",
    ),
    _returned(
        "one_stop_coverage_rate",
        ("Dossiers handled in the one-stop system", "Hồ sơ được quản lý trong hệ thống một cửa điện tử"),
        (
            "Dossiers managed in the electronic one-stop system, of all dossiers",
            "Hồ sơ thủ tục hành chính được quản lý trong hệ thống một cửa điện tử trên tổng số hồ sơ",
        ),
        _ND61,
        "dossiers",
    ),
    _returned(
        "control_screens",
        ("Screens of the operations centre", "Màn hình của Trung tâm điều hành thông minh"),
        ("Screens of the operations centre", "Số màn hình của Trung tâm điều hành thông minh"),
        _CENTRE,
        "screens",
        "count",
    ),
    _returned(
        "operator_computers",
        ("Operators' computers of the centre", "Máy tính vận hành của Trung tâm điều hành"),
        (
            "Computers at which operators of the centre work with its data",
            "Số máy tính phục vụ vận hành, khai thác dữ liệu của Trung tâm điều hành thông minh",
        ),
        _CENTRE,
        "computers",
        "count",
    ),
)
