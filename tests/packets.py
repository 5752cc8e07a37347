"""Packets of the document axis, written by hand from QCVN 102:2016, with invented people in them."""

SIGNATURE = """<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/><SignatureValue>{}</SignatureValue>
</Signature>"""

_EDOC = """<?xml version="1.0" encoding="utf-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader><MessageHeader>
<From><OrganId>000.00.03.H28</OrganId><OrganName>Sở Tài chính</OrganName><Email>MARKER@hoabinh.gov.vn</Email></From>
{to}
<Code><CodeNumber>0123</CodeNumber><CodeNotation>CV-STC</CodeNotation></Code>
<PromulgationInfo><Place>Hòa Bình</Place><PromulgationDate>2021/12/01</PromulgationDate></PromulgationInfo>
<DocumentType><Type>1</Type><TypeName>Công văn</TypeName></DocumentType>
<Subject>Về việc của ông Bùi MARKER</Subject><Content>MARKER</Content>
<Author><Competence>KT. Giám đốc</Competence><FullName>Nguyễn Thị MARKER</FullName></Author>
<DueDate>{due}</DueDate><OtherInfo><Priority>0</Priority></OtherInfo>
<DocumentId>{document_id}</DocumentId></MessageHeader>{signature}</edXMLHeader>
<edXMLBody><edXMLManifest><Reference><Name>MARKER.pdf</Name></Reference></edXMLManifest></edXMLBody></edXMLEnvelope>
<AttachmentEncoded>{attachment}</AttachmentEncoded></edXML>"""

_STATUS = """<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader><Status>
<ResponseFor><OrganId>000.00.03.H28</OrganId><Code><CodeNumber>0123</CodeNumber></Code>
<DocumentId>000.00.03.H28,2021/12/01,0123/CV-STC</DocumentId></ResponseFor>
<From><OrganId>{answering}</OrganId><OrganName>UBND huyện Đà Bắc</OrganName></From>
<StatusCode>{code}</StatusCode><Description>MARKER đã xử lý</Description><StaffInfo><Staff>MARKER</Staff></StaffInfo>
<Timestamp>{at}</Timestamp></Status></edXMLHeader></edXMLEnvelope></edXML>"""

DOCUMENT_ID = "000.00.03.H28,2021/12/01,0123/CV-STC"


def edoc(
    *to: str,
    due: str = "2021/12/08",
    signature: str = "<DigitalSignature/>",
    document_id: str = DOCUMENT_ID,
    attachment: str = "TUFSS0VS",
) -> bytes:
    """A document sent to these units."""
    addressees = "".join(f"<To><OrganId>{unit}</OrganId><OrganName>MARKER</OrganName></To>" for unit in to)
    text = _EDOC.format(
        to=addressees, due=due, signature=signature, document_id=document_id, attachment=attachment
    )  # fmt: skip
    return text.encode()


def status(code: str = "06", answering: str = "H28.150", at: str = "2021/12/06 10:00:00") -> bytes:
    """What became of it at a unit."""
    return _STATUS.format(code=code, answering=answering, at=at).encode()
