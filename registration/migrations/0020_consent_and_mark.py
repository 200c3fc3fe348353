"""The paper of a minor who comes alone, and what stands for a signature."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0019_assistance")]

    operations = [
        migrations.AlterField(
            model_name='photo',
            name='kind',
            field=models.CharField(choices=[('id_front', '身份证正面'), ('id_back', '身份证背面'), ('live', '本人现场照'), ('proxy_id_front', '受托人身份证正面'), ('proxy_id_back', '受托人身份证背面'), ('proxy_live', '受托人现场照'), ('letter', '委托书'), ('guardian_id_front', '监护人证件正面'), ('guardian_id_back', '监护人证件背面'), ('guardian_live', '监护人现场照'), ('guardianship', '监护关系证明'), ('guardian_consent', '监护人同意书'), ('handler_id_front', '经办人证件正面'), ('handler_id_back', '经办人证件背面'), ('handler_live', '经办人现场照'), ('transferor_id_front', '原机主证件正面'), ('transferor_id_back', '原机主证件背面'), ('transferor_live', '原机主现场照'), ('licence', '营业执照'), ('institution', '事业单位法人证书'), ('social', '社会团体法人登记证书'), ('org_code', '组织机构代码证'), ('introduction', '介绍信'), ('diplomatic_note', '照会'), ('unit_letter', '单位授权书'), ('name_list', '使用人名单'), ('unit_certificate', '单位证明'), ('ownership', '号码使用凭证'), ('mark', '客户手印或记号'), ('signature', '客户签名')], max_length=20),
        ),
    ]
